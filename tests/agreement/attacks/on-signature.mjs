// The signature is changed, replaced or made by other means; header and payload stay.
import { constants, createHmac, generateKeyPairSync, randomBytes } from "node:crypto";
import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";
import { b64, bytesOf, keys, orders, signWith } from "../signers.mjs";

const flip = (bytes, bit) => {
  const flipped = Buffer.from(bytes);
  flipped[bit >> 3] ^= 0x80 >> (bit & 7);
  return flipped;
};

const numberOf = (bytes) => BigInt(`0x${bytes.toString("hex")}`);
const bytesOfNumber = (number, length) => Buffer.from(number.toString(16).padStart(2 * length, "0"), "hex");

export const signatureOf = (signer) => bytesOf(signer.segments[2]);
export const inputOf = (signer) => signer.valid.slice(0, signer.valid.lastIndexOf("."));
export const replaced = (signer, name, signature, expected) => ({
  name,
  token: signer.with({ signature: b64(signature) }),
  expected:
    expected ?? (signature.length === signer.length ? "signature_invalid" : "signature_length_invalid"),
});

/** Of the signatures of ML-DSA, which have thousands of bytes, only some bits and lengths are tried. */
export const strideOf = ({ kty }) => (kty === "AKP" ? 61 : 1);

export function* everyBit(signer) {
  const signature = signatureOf(signer);
  for (let bit = 0; bit < 8 * signature.length; bit += strideOf(signer)) {
    yield replaced(signer, `bit ${bit}`, flip(signature, bit), "signature_invalid");
  }
}

export function* otherLengths(signer) {
  const signature = signatureOf(signer);
  const wrong = (name, bytes) => replaced(signer, name, bytes, "signature_length_invalid");
  for (let length = 0; length < signature.length; length += strideOf(signer)) {
    yield wrong(`the first ${length} bytes`, signature.subarray(0, length));
    yield wrong(`the last ${length} bytes`, signature.subarray(signature.length - length));
  }
  for (const byte of [0x00, 0x01, 0xff]) {
    yield wrong(`${byte} in front`, Buffer.concat([Buffer.of(byte), signature]));
    yield wrong(`${byte} behind`, Buffer.concat([signature, Buffer.of(byte)]));
  }
  yield wrong("twice", Buffer.concat([signature, signature]));
  yield wrong("8 KiB", Buffer.concat([signature, Buffer.alloc(8192)]));
}

export function* fillings(signer) {
  for (const byte of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
    yield replaced(signer, `all ${byte}`, Buffer.alloc(signer.length, byte));
  }
  yield replaced(signer, "random", randomBytes(signer.length));
  yield replaced(signer, "reversed", Buffer.from(signatureOf(signer)).reverse());
  yield replaced(signer, "as hexadecimal", Buffer.from(signatureOf(signer).toString("hex")));
  yield replaced(signer, "as base64url once more", Buffer.from(signer.segments[2]));
}

/** DER of SEQUENCE { INTEGER r, INTEGER s }. */
function der(r, s) {
  const element = (tag, content) => {
    const length = content.length < 128 ? [content.length] : [0x81, content.length];
    return Buffer.concat([Buffer.of(tag, ...length), content]);
  };
  const integer = (number) => {
    const bytes = bytesOfNumber(number, Math.ceil(number.toString(16).length / 2));
    return element(2, bytes[0] & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
  };
  return element(0x30, Buffer.concat([integer(r), integer(s)]));
}

/** r and s outside [1, n-1], and each other's place. Of a high s the RFCs say nothing: it is valid. */
export function* numbersOfEcdsa(signer) {
  if (signer.kty !== "EC") return;
  const n = orders[signer.key];
  const width = signer.length / 2;
  const modulus = 1n << BigInt(8 * width);
  const signature = signatureOf(signer);
  const r = numberOf(signature.subarray(0, width));
  const s = numberOf(signature.subarray(width));
  const of = (a, b) => Buffer.concat([bytesOfNumber(a % modulus, width), bytesOfNumber(b % modulus, width)]);

  const edges = { 0: 0n, 1: 1n, "n-1": n - 1n, n, "n+1": n + 1n, "2n": 2n * n, "2^w-1": modulus - 1n };
  for (const [name, edge] of Object.entries(edges)) {
    yield replaced(signer, `r is ${name}`, of(edge, s), "signature_invalid");
    yield replaced(signer, `s is ${name}`, of(r, edge), "signature_invalid");
    for (const [other, otherEdge] of Object.entries(edges)) {
      yield replaced(signer, `r is ${name}, s is ${other}`, of(edge, otherEdge), "signature_invalid");
    }
  }
  yield replaced(signer, "n+r in the same width", of(n + r, s), "signature_invalid");
  yield replaced(signer, "n+s in the same width", of(r, n + s), "signature_invalid");
  yield replaced(signer, "n-r", of(n - r, s), "signature_invalid");
  yield replaced(signer, "r and s exchanged", of(s, r), "signature_invalid");
  yield replaced(signer, "n-s", of(r, n - s), "valid");

  const wide = (a, b) => Buffer.concat([bytesOfNumber(a, width + 1), bytesOfNumber(b, width + 1)]);
  yield replaced(signer, "n+r, wider", wide(n + r, s), "signature_length_invalid");
  yield replaced(signer, "n+s, wider", wide(r, n + s), "signature_length_invalid");
  yield replaced(signer, "the same numbers, wider", wide(r, s), "signature_length_invalid");
  yield replaced(signer, "DER", der(r, s), "signature_length_invalid");
  yield replaced(signer, "DER, cut", der(r, s).subarray(0, signer.length));
  yield replaced(signer, "DER of zeros", der(0n, 0n), "signature_length_invalid");
  yield replaced(signer, "DER, filled up", Buffer.concat([der(1n, 1n), Buffer.alloc(signer.length - 8)]));
}

export function* numbersOfRsa(signer) {
  if (signer.kty !== "RSA") return;
  const n = numberOf(bytesOf(signer.jwk.n));
  const s = numberOf(signatureOf(signer));
  const edges = { 0: 0n, 1: 1n, 2: 2n, "n-1": n - 1n, n, "n+1": n + 1n, "n-s": n - s };
  for (const [name, edge] of Object.entries(edges)) {
    yield replaced(signer, name, bytesOfNumber(edge, signer.length), "signature_invalid");
  }
  const sum = n + s;
  yield replaced(signer, "n+s", bytesOfNumber(sum, sum >> 2048n ? 257 : 256));
}

/** By the right key for the right bytes, but not as the algorithm says. */
export function* otherWaysToSign(signer) {
  const input = inputOf(signer);
  const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING } = constants;
  const isOther = (name, value) => signer[name] !== value;
  for (const hash of ["sha1", "sha224", "sha256", "sha384", "sha512", "sha3-256"].filter((hash) => isOther("hash", hash))) {
    const signature = signer.sign(input, { hash });
    yield replaced(signer, hash, signature);
    if (signer.kty === "oct") yield replaced(signer, `${hash}, cut`, signature.subarray(0, signer.length));
  }
  if (signer.kty !== "RSA") return;
  const isPss = signer.padding === RSA_PKCS1_PSS_PADDING;
  const other = isPss ? RSA_PKCS1_PADDING : RSA_PKCS1_PSS_PADDING;
  yield replaced(signer, "the other padding", signer.sign(input, { padding: other }));
  if (!isPss) return;
  for (const saltLength of [0, 1, 20, 31, 33, 47, 49, 63, 65, constants.RSA_PSS_SALTLEN_MAX_SIGN]) {
    yield replaced(signer, `salt ${saltLength}`, signer.sign(input, { saltLength }));
  }
}

/** By a key of the same kind that is not in the set; and over other bytes. */
export function* otherKeysAndInputs(signer) {
  const input = inputOf(signer);
  const [header, payload] = signer.segments;
  const attacker = attackersKey(signer);
  yield replaced(signer, "another key", signWith(attacker, signer.alg, input));
  const inputs = {
    "only the header": header,
    "only the payload": payload,
    "the header and a dot": `${header}.`,
    "decoded parts": `${bytesOf(header)}.${bytesOf(payload)}`,
    "with a dot behind": `${input}.`,
    "without the dot": header + payload,
    "another message": `${header}.${b64(JSON.stringify({ ...signer.claims, sub: "eve" }))}`,
    "nothing": "",
  };
  for (const [name, other] of Object.entries(inputs)) yield replaced(signer, name, signer.sign(other));
  if (signer.kty !== "oct") return;
  const hmacKeys = {
    "the empty key": Buffer.alloc(0),
    "a key of one zero": Buffer.alloc(1),
    "the key's base64url": Buffer.from(signer.jwk.k),
    "the key's JWK": Buffer.from(JSON.stringify(signer.jwk)),
    "the key's hexadecimal": Buffer.from(bytesOf(signer.jwk.k).toString("hex")),
    "half of the key": bytesOf(signer.jwk.k).subarray(0, 32),
  };
  for (const [name, key] of Object.entries(hmacKeys)) {
    yield replaced(signer, name, createHmac(signer.hash, key).update(input).digest());
  }
}

const attackers = new Map();

/** A key of the same type and size, but not the signer's. */
export function attackersKey({ key, kty }) {
  const make = {
    RSA: () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }),
    EC: () => generateKeyPairSync("ec", { namedCurve: keys[key].crv }).privateKey.export({ format: "jwk" }),
    OKP: () => generateKeyPairSync(key.toLowerCase()).privateKey.export({ format: "jwk" }),
    AKP: () => {
      const seed = randomBytes(32);
      return { kty, alg: key, pub: b64(ml_dsa44.keygen(seed).publicKey), priv: b64(seed) };
    },
    oct: () => ({ kty: "oct", k: b64(randomBytes(64)) }),
  }[kty];
  if (!attackers.has(key)) attackers.set(key, make());
  return attackers.get(key);
}
