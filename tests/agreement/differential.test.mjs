// ECDSA and EdDSA against OpenSSL's (node:crypto) and ML-DSA against noble's, by the WASM module: valid signatures,
// and what becomes of them when something is changed. A run has a seed of its own, unless TOUCHSTONE_SEED has one;
// what it does not decide are OpenSSL's nonces for ECDSA.
import assert from "node:assert/strict";
import { createECDH, createHash, createPrivateKey, createPublicKey, randomInt, sign, verify } from "node:crypto";
import { test } from "node:test";
import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { TouchstoneError, verifyJwsSync } from "touchstone";
import { orders } from "./signers.mjs";

const seed = process.env.TOUCHSTONE_SEED ?? String(randomInt(2 ** 32));

/** Bytes that follow from the seed and a name. */
class Choices {
  constructor(name) {
    this.name = name;
    this.drawn = 0;
  }
  bytes(length) {
    const text = `${seed} ${this.name} ${this.drawn++}`;
    return createHash("shake256", { outputLength: length }).update(text).digest();
  }
  below(limit) {
    return this.bytes(6).readUIntBE(0, 6) % limit;
  }
  flipped(bytes, from = 0, to = bytes.length) {
    const copy = Buffer.from(bytes);
    const bit = this.below(8 * (to - from));
    copy[from + (bit >> 3)] ^= 1 << (bit & 7);
    return copy;
  }
  /** Long runs of ones and zeros, or anything. */
  number(length) {
    if (this.below(2)) return this.bytes(length);
    const bits = Array.from({ length: 8 * length }, () => 0);
    for (let at = 0, one = this.below(2); at < bits.length; one ^= 1) {
      const run = 1 + this.below(bits.length);
      bits.fill(one, at, (at += run));
    }
    return Buffer.from(bits.join("").match(/.{8}/g).map((octet) => parseInt(octet, 2)));
  }
}

const base64url = (bytes) => Buffer.from(bytes).toString("base64url");

/** True, false, or undefined when the key is refused as such. */
function verdict(jwk, { header, payload, signature }) {
  try {
    verifyJwsSync(`${header}.${payload}.${base64url(signature)}`, { keys: [jwk] }, { algorithms: [jwk.alg] });
    return true;
  } catch (error) {
    if (!(error instanceof TouchstoneError)) throw error;
    return error.reason === "signature_invalid" ? false : undefined;
  }
}

/** Compares `count` cases of one signer; each signature serves eight of them. */
function compare(name, count, { make, change, oracle }) {
  test(`${name}, seed ${seed}`, (t) => {
    const choices = new Choices(name);
    const counts = { valid: 0, invalid: 0, keyless: 0 };
    let signed;
    for (let i = 0; i < count; ++i) {
      if (i % 8 === 0) {
        const header = base64url(JSON.stringify({ alg: name }));
        const payload = base64url(choices.bytes(choices.below(200)));
        const key = make(choices, signed);
        signed = { header, payload, key, pub: key.pub, signature: key.sign(Buffer.from(`${header}.${payload}`)) };
      }
      const it = i % 8 === 0 ? signed : { ...signed, ...change(signed, choices) };
      const ours = verdict(it.key.jwk(it.pub), it);
      const theirs = oracle(it.pub, Buffer.from(`${it.header}.${it.payload}`), it.signature);
      const what = `TOUCHSTONE_SEED=${seed}, case ${i}: pub ${it.pub.toString("hex")}, signature ${Buffer.from(it.signature).toString("hex")} of ${it.header}.${it.payload}`;
      ++counts[ours === undefined ? "keyless" : ours ? "valid" : "invalid"];
      if (i % 8 === 0) assert.equal(ours, true, what);
      // The known difference: we refuse keys of small order and other than canonical ones, as keys.
      if (ours !== undefined) assert.equal(ours, theirs, what);
    }
    t.diagnostic(`${counts.valid} valid, ${counts.invalid} invalid, ${counts.keyless} with a key that we refuse`);
    assert.ok(counts.valid >= count / 8 && counts.invalid > count / 3, JSON.stringify(counts));
  });
}

const anotherPayload = (it, choices) => ({ payload: base64url(choices.bytes(1 + Buffer.from(it.payload, "base64url").length)) });

function compareEcdsa(alg, crv, curve, hash, length, count) {
  const order = orders[crv];
  const bytesOf = (number) => Buffer.from(number.toString(16).padStart(2 * length, "0").slice(-2 * length), "hex");
  const numberOf = (bytes) => BigInt(`0x${bytes.toString("hex")}`);
  const jwkOf = (pub) => ({ kty: "EC", crv, x: base64url(pub.subarray(0, length)), y: base64url(pub.subarray(length)) });
  compare(alg, count, {
    make(choices) {
      const ecdh = createECDH(curve);
      const secret = bytesOf((numberOf(choices.number(length)) % (order - 1n)) + 1n);
      ecdh.setPrivateKey(secret);
      const pub = ecdh.getPublicKey().subarray(1);
      const key = createPrivateKey({ key: { ...jwkOf(pub), d: base64url(secret) }, format: "jwk" });
      return {
        pub,
        jwk: (point) => ({ ...jwkOf(point), alg }),
        sign: (message) => sign(hash, message, { key, dsaEncoding: "ieee-p1363" }),
      };
    },
    change(it, choices) {
      const halves = [it.signature.subarray(0, length), it.signature.subarray(length)];
      const edge = () => bytesOf(([0n, order][choices.below(2)] + BigInt(choices.below(5)) + 1n));
      const half = choices.below(2);
      switch (choices.below(8)) {
        case 0:
          return { signature: Buffer.concat(halves.with(half, edge())) };
        case 1:
          return { signature: Buffer.concat(halves.with(half, choices.number(length))) };
        case 2:
          return { signature: Buffer.concat(halves.with(half, Buffer.alloc(length))) };
        case 3: // as valid as s
          return { signature: Buffer.concat(halves.with(1, bytesOf(order - numberOf(halves[1])))) };
        case 4:
          return { signature: choices.flipped(it.signature) };
        case 5:
          return anotherPayload(it, choices);
        case 6:
          return { pub: choices.flipped(it.pub) };
        default:
          return { signature: Buffer.concat(halves.reverse()) };
      }
    },
    oracle(pub, message, signature) {
      try {
        const key = createPublicKey({ key: jwkOf(pub), format: "jwk" });
        return verify(hash, message, { key, dsaEncoding: "ieee-p1363" }, signature);
      } catch {
        return false; // OpenSSL has no such key
      }
    },
  });
}

compareEcdsa("ES256", "P-256", "prime256v1", "sha256", 32, 400);
compareEcdsa("ES256K", "secp256k1", "secp256k1", "sha256", 32, 400);
compareEcdsa("ES384", "P-384", "secp384r1", "sha384", 48, 160);
compareEcdsa("ES512", "P-521", "secp521r1", "sha512", 66, 160);

function compareEdwards(alg, length, count, { pkcs8, spki, order }) {
  const parts = (signature) => [signature.subarray(0, length), signature.subarray(length)];
  /** S + L, little-endian. */
  const plusOrder = (s) => {
    const sum = (BigInt(`0x${Buffer.from(s).reverse().toString("hex")}`) + order) % (1n << BigInt(8 * length));
    return Buffer.from(sum.toString(16).padStart(2 * length, "0"), "hex").reverse();
  };
  compare(alg, count, {
    make(choices) {
      const der = Buffer.concat([Buffer.from(pkcs8, "hex"), choices.number(length)]);
      const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
      const pub = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-length);
      const jwk = (x) => ({ kty: "OKP", crv: alg, alg, x: base64url(x) });
      return { pub, jwk, sign: (message) => sign(null, message, key) };
    },
    change(it, choices) {
      const [r, s] = parts(it.signature);
      switch (choices.below(9)) {
        case 0:
          return { signature: Buffer.concat([choices.number(length), s]) };
        case 1:
          return { signature: Buffer.concat([r, choices.number(length)]) };
        case 2:
          return { signature: Buffer.concat([r, plusOrder(s)]) };
        case 3:
          return { signature: Buffer.concat([s, r]) };
        case 4:
          return anotherPayload(it, choices);
        case 5:
          return { pub: choices.flipped(it.pub) };
        case 6:
          return { pub: choices.number(length) };
        case 7:
          return { signature: choices.flipped(it.signature) };
        default:
          return {};
      }
    },
    oracle(pub, message, signature) {
      try {
        const der = Buffer.concat([Buffer.from(spki, "hex"), pub]);
        return verify(null, message, createPublicKey({ key: der, format: "der", type: "spki" }), signature);
      } catch {
        return false; // OpenSSL has no such key
      }
    },
  });
}

compareEdwards("Ed25519", 32, 1200, {
  pkcs8: "302e020100300506032b657004220420",
  spki: "302a300506032b6570032100",
  order: (1n << 252n) + 27742317777372353535851937790883648493n,
});
compareEdwards("Ed448", 57, 800, {
  pkcs8: "3047020100300506032b6571043b0439",
  spki: "3043300506032b6571033a00",
  order: (1n << 446n) - 13818066809895115352007386748515426880336692474882178609894547503885n,
});

for (const [alg, set, hashSize, hintSize, count] of [
  ["ML-DSA-44", ml_dsa44, 32, 80 + 4, 240],
  ["ML-DSA-65", ml_dsa65, 48, 55 + 6, 160],
  ["ML-DSA-87", ml_dsa87, 64, 75 + 8, 120],
]) {
  compare(alg, count, {
    // A key serves three signatures, and so grows its tables.
    make(choices, last) {
      if (last && choices.below(3)) return last.key;
      const { publicKey, secretKey } = set.keygen(choices.bytes(32));
      const jwk = (pub) => ({ kty: "AKP", alg, pub: base64url(pub) });
      const extraEntropy = choices.bytes(32);
      return { pub: Buffer.from(publicKey), jwk, sign: (message) => set.sign(message, secretKey, { extraEntropy }) };
    },
    change(it, choices) {
      const { signature } = it;
      const hint = signature.length - hintSize;
      const changed = Buffer.from(signature);
      switch (choices.below(10)) {
        case 0:
          return { signature: choices.flipped(signature, 0, hashSize) };
        case 1:
        case 2:
          return { signature: choices.flipped(signature, hashSize, hint) };
        case 3:
        case 4:
          return { signature: choices.flipped(signature, hint) };
        case 5: {
          // Two places of the hint change theirs.
          const at = hint + choices.below(8);
          [changed[at], changed[at + 1]] = [changed[at + 1], changed[at]];
          return { signature: changed };
        }
        case 6: {
          // A run of ones or zeros in z: coefficients at their bounds.
          const at = hashSize + choices.below(hint - hashSize - 8);
          return { signature: changed.fill(choices.below(2) ? 0xff : 0, at, at + 1 + choices.below(8)) };
        }
        case 7:
          return anotherPayload(it, choices);
        case 8:
          return { pub: choices.flipped(it.pub) };
        default:
          return {};
      }
    },
    oracle: (pub, message, signature) => set.verify(signature, message, pub),
  });
}
