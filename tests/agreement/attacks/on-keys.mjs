// The JWK Set: keys that must not serve, sets that are none. The token is valid by the key that is meant.
import { b64, bytesOf, keys, now, orders, publicJwk, signWith } from "../signers.mjs";
import { namesOf } from "./model.mjs";
import { attackersKey } from "./on-signature.mjs";
import { brokenObjects } from "./on-json.mjs";
import { spellings } from "./on-text.mjs";

// One algorithm for each kind of key, and of OKP each kind of name: the rules are the key's.
const kinds = ["RS256", "PS512", "ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed448", "ML-DSA-44", "HS256"];

export const withSet = (signer, name, jwks, expected) => ({
  name,
  jwks: typeof jwks === "string" || Buffer.isBuffer(jwks) ? jwks : JSON.stringify(jwks),
  token: signer.valid,
  expected,
});
export const withKey = (signer, name, members, expected) =>
  withSet(signer, name, { keys: [{ ...signer.jwk, ...members }] }, expected);
/** What the key was skipped for is told elsewhere; to the token there is no key of its kid. */
export const skipped = (signer, name, members) => withKey(signer, name, members, "no_matching_key");

const hexOf = (number, bytes) => Buffer.from(number.toString(16).padStart(2 * bytes, "0"), "hex");
const numberOf = (text) => BigInt(`0x${bytesOf(text).toString("hex")}`);

export function* keyMembers(signer) {
  if (!kinds.includes(signer.alg)) return;
  const otherTypes = ["RSA", "EC", "OKP", "AKP", "oct"].filter((kty) => kty !== signer.kty);
  for (const kty of [undefined, null, 1, "", signer.kty.toLowerCase() === signer.kty ? "OCT" : signer.kty.toLowerCase(), ...otherTypes, "XYZ", ["RSA"], "none", "__proto__"]) {
    // Whatever is not oct may be a public key, beside which no HMAC is taken.
    const isMixed = signer.kty === "oct" && typeof kty === "string";
    yield withKey(signer, `kty: ${JSON.stringify(kty)}`, { kty }, isMixed ? "jwks_mixed_symmetric" : "no_matching_key");
  }
  for (const name of ["kid", "alg", "use"]) {
    for (const value of [null, 1, true, [], ["sig"], {}]) {
      yield skipped(signer, `${name}: ${JSON.stringify(value)}`, { [name]: value });
    }
  }
  for (const use of ["enc", "", "SIG", "sig ", "signature", "tls"]) yield skipped(signer, `use: ${JSON.stringify(use)}`, { use });
  for (const key_ops of [null, "verify", {}, [], ["sign"], ["encrypt"], ["verify", "verify"], ["verify", 1], ["Verify"], ["verify", "encrypt"], ["verify", "deriveBits"], [null]]) {
    yield skipped(signer, `key_ops: ${JSON.stringify(key_ops)}`, { key_ops });
  }
  yield withKey(signer, "key_ops: verify", { key_ops: ["verify"] }, "valid");
  yield withKey(signer, "key_ops: something unknown as well", { key_ops: ["verify", "polish"] }, "valid");
  yield withKey(signer, "unknown members", { x5u: "http://169.254.169.254/", jku: 1, oops: { deep: [1] }, __proto__: null }, "valid");
  yield withKey(signer, "x5c that is nonsense", { x5c: ["AAAA"], x5t: 1 }, "valid");
  for (const kid of ["K1", "k1 ", "", "k", "k1\0", undefined]) yield skipped(signer, `kid: ${JSON.stringify(kid)}`, { kid });
  for (const alg of ["none", "", signer.alg.toLowerCase(), "RSA-OAEP", "ECDH-ES", signer.kty === "OKP" ? "ES256" : "EdDSA", signer.kty === "AKP" ? "Ed25519" : "ML-DSA-44", "A128KW", "XYZ"]) {
    yield skipped(signer, `alg: ${JSON.stringify(alg)}`, { alg });
  }
  const { alg: _, ...withoutAlg } = signer.jwk;
  // RFC 9964 requires it of AKP.
  const [unasked, asked] = signer.kty === "AKP" ? ["no_matching_key", "no_matching_key"] : ["valid", "key_alg_mismatch"];
  yield withSet(signer, "no alg", { keys: [withoutAlg] }, unasked);
  yield { ...withSet(signer, "no alg, and it is asked", { keys: [withoutAlg] }, asked), options: { ...signer.options, requireKeyAlg: true } };
  const others = { RSA: ["RS512", "PS256"], oct: ["HS384", "HS512"] }[signer.kty] ?? [];
  for (const alg of others) yield withKey(signer, `alg: ${alg}`, { alg }, "key_alg_mismatch");
  // Each of these is for keys of the type, but of another curve or length.
  const elsewhere = {
    EC: ["ES256", "ES384", "ES512", "ES256K"].filter((alg) => alg !== signer.alg),
    OKP: ["Ed25519", "Ed448"].filter((alg) => alg !== signer.jwk.crv),
    AKP: ["ML-DSA-65", "ML-DSA-87"],
  }[signer.kty] ?? [];
  for (const alg of elsewhere) yield skipped(signer, `alg: ${alg}`, { alg });
  const names = namesOf(signer).filter((alg) => alg !== signer.alg);
  for (const alg of names) yield withKey(signer, `alg: ${alg}, the other name`, { alg }, "valid");
}

/** Each required member missing, of another type, not canonical base64url. */
export function* keyMaterial(signer) {
  if (!kinds.includes(signer.alg)) return;
  const members = { RSA: ["n", "e"], EC: ["x", "y"], OKP: ["x"], AKP: ["pub"], oct: ["k"] }[signer.kty];
  for (const name of members) {
    const text = signer.jwk[name];
    const values = [undefined, null, 1, [], {}, "", `${text}=`, `${text}==`, ` ${text}`, `${text}\n`, `${text}AAAAA`.slice(0, (text.length & ~3) + 5), `+${text.slice(1)}`, `/${text.slice(1)}`, `${text}.`, text.slice(0, -1) + "é"];
    // Spare bits that are not zero, where there are any.
    values.push(...[...spellings(text)].slice(0, 1));
    for (const value of values) yield skipped(signer, `${name}: ${JSON.stringify(value)?.slice(0, 8)}... of ${value?.length}`, { [name]: value });
  }
  const privates = { RSA: ["d", "p", "q", "dp", "dq", "qi", "oth"], EC: ["d"], OKP: ["d"], AKP: ["priv"], oct: [] }[signer.kty];
  for (const name of privates) {
    yield skipped(signer, `private member ${name}`, { [name]: signer.privateJwk[name] ?? [] });
    yield skipped(signer, `private member ${name}, null`, { [name]: null });
  }
  const [name] = members;
  const [first] = [signer.jwk[name]];
  for (const [title, text] of Object.entries({
    twice: `"${name}":"${first}","${name}":"${first}"`,
    "twice, escaped": `"${name}":"${first}","\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}":"${first}"`,
  })) {
    const { [name]: _, ...rest } = signer.jwk;
    const key = `{${text},${JSON.stringify(rest).slice(1)}`;
    yield withSet(signer, `${name} ${title}`, `{"keys":[${key}]}`, "no_matching_key");
    yield withSet(signer, `${name} ${title}, and a good key`, `{"keys":[${key},${JSON.stringify(signer.jwk)}]}`, "valid");
  }
}

export function* weakRsa(signer) {
  if (signer.alg !== "RS256") return;
  const n = numberOf(signer.jwk.n);
  const weak = keys["weak RSA"];
  const signed = signWith(weak, signer.alg, signer.segments.slice(0, 2).join("."));
  yield {
    name: "1024 bits, signed by it",
    jwks: JSON.stringify({ keys: [{ ...signer.jwk, ...publicJwk(weak) }] }),
    token: signer.with({ signature: b64(signed) }),
    expected: "no_matching_key",
  };
  const moduli = {
    "n even": hexOf(n - 1n, 256),
    "n of 2047 bits": hexOf((n >> 1n) | 1n, 256),
    "n of 8193 bits": Buffer.concat([Buffer.of(1), Buffer.alloc(1023), Buffer.of(1)]),
    "n of 16 KiB": Buffer.alloc(16384, 0xff),
    "n zero": Buffer.alloc(256),
    "n one": Buffer.of(1),
  };
  for (const [name, bytes] of Object.entries(moduli)) yield skipped(signer, name, { n: b64(bytes) });
  const exponents = { 0: [0], 1: [1], "1 with zeros": [0, 0, 1], 2: [2], 4: [4], 65536: [1, 0, 0], "2^64+1": [1, 0, 0, 0, 0, 0, 0, 0, 1], huge: bytesOf(signer.jwk.n) };
  for (const [name, bytes] of Object.entries(exponents)) yield skipped(signer, `e is ${name}`, { e: b64(Buffer.from(bytes)) });
  yield withKey(signer, "e is 3", { e: "Aw" }, "signature_invalid");
  yield withKey(signer, "e is 2^64-1", { e: b64(Buffer.alloc(8, 0xff)) }, "signature_invalid");
  yield withKey(signer, "another n", { n: b64(hexOf(n - 2n, 256)) }, "signature_invalid");
  yield withKey(signer, "zeros in front of n and e", { n: b64(Buffer.concat([Buffer.alloc(3), bytesOf(signer.jwk.n)])), e: "AAEAAQ" }, "valid");
  // CVE-2017-15361: a modulus that is a power of 65537 modulo each of the fingerprint's primes
  const primes = [11n, 13n, 17n, 19n, 37n, 53n, 61n, 71n, 73n, 79n, 97n, 103n, 107n, 109n, 127n, 151n, 157n];
  const product = primes.reduce((a, b) => a * b);
  yield skipped(signer, "the ROCA fingerprint", { n: b64(hexOf(n - (n % (2n * product)) + 65537n, 256)) });
}

export function* badPoints(signer) {
  if (signer.kty !== "EC") return;
  const { crv, x, y } = signer.jwk;
  const length = bytesOf(x).length;
  const flip = (text) => {
    const bytes = bytesOf(text);
    bytes[bytes.length - 1] ^= 1;
    return b64(bytes);
  };
  const longer = (text) => b64(Buffer.concat([Buffer.alloc(1), bytesOf(text)]));
  const shorter = (text) => b64(bytesOf(text).subarray(1));
  const primes = {
    "P-256": 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    "P-384": 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    "P-521": 2n ** 521n - 1n,
    secp256k1: 2n ** 256n - 2n ** 32n - 977n,
  };
  const number = (value) => b64(hexOf(value % 2n ** BigInt(8 * length), length));
  const points = {
    "x changed": { x: flip(x) },
    "y changed": { y: flip(y) },
    "x and y exchanged": { x: y, y: x },
    "x twice": { y: x },
    origin: { x: number(0n), y: number(0n) },
    "x zero, y one": { x: number(0n), y: number(1n) },
    "x beyond the field": { x: number(primes[crv]), y },
    "y beyond the field": { x, y: number(primes[crv]) },
    "x plus p": { x: number(numberOf(x) + primes[crv]) },
    "all ff": { x: b64(Buffer.alloc(length, 0xff)), y: b64(Buffer.alloc(length, 0xff)) },
    "the order": { x: number(orders[crv]), y: number(orders[crv]) },
    "x longer": { x: longer(x) },
    "y longer": { y: longer(y) },
    "x shorter": { x: shorter(x) },
    "y shorter": { y: shorter(y) },
    "compressed": { x: b64(Buffer.concat([Buffer.of(2), bytesOf(x)])), y: undefined },
    "uncompressed in x": { x: b64(Buffer.concat([Buffer.of(4), bytesOf(x), bytesOf(y)])), y: "" },
  };
  for (const [name, members] of Object.entries(points)) yield skipped(signer, name, members);
  const field = primes[crv];
  yield withKey(signer, "the opposite point", { y: number(field - numberOf(y)) }, "signature_invalid");
  for (const other of ["P-256", "P-384", "P-521", "secp256k1", "p-256", "Ed25519", "X25519", "P-192", "", "1.2.840.10045.3.1.7"]) {
    if (other !== crv) yield skipped(signer, `crv: ${other}`, { crv: other });
  }
  for (const value of [undefined, null, 1, [crv]]) yield skipped(signer, `crv: ${JSON.stringify(value)}`, { crv: value });
  // The curve decides the algorithm: a key of another one, by which the token was signed, under our name.
  for (const other of Object.keys(orders).filter((other) => other !== crv)) {
    const jwk = { ...publicJwk(keys[other]), kid: "k1", use: "sig" };
    yield withSet(signer, `a key on ${other}`, { keys: [jwk] }, "key_alg_mismatch");
  }
}

export function* weakSecrets(signer) {
  if (signer.kty !== "oct") return;
  for (const length of [0, 1, 16, 31]) yield skipped(signer, `${length} bytes`, { k: b64(Buffer.alloc(length, 7)) });
  for (const length of [32, 33, 47, 48, 63, 64, 65]) {
    const isEnough = length * 8 >= Number(signer.alg.slice(2));
    const { alg: _, ...withoutAlg } = { ...signer.jwk, k: b64(Buffer.alloc(length, 7)) };
    yield withSet(signer, `${length} bytes, no alg`, { keys: [withoutAlg] }, isEnough ? "signature_invalid" : "key_alg_mismatch");
    yield withKey(signer, `${length} bytes`, { k: withoutAlg.k }, isEnough ? "signature_invalid" : "no_matching_key");
  }
  const rsaKey = { ...publicJwk(keys.RSA), kid: "rsa" };
  yield withSet(signer, "an RSA key beside it", { keys: [signer.jwk, rsaKey] }, "jwks_mixed_symmetric");
  for (const name of ["Ed25519", "ML-DSA-44"]) {
    yield withSet(signer, `an ${name} key beside it`, { keys: [signer.jwk, { ...publicJwk(keys[name]), kid: name }] }, "jwks_mixed_symmetric");
  }
  yield withSet(signer, "a broken EC key beside it", { keys: [{ kty: "EC" }, signer.jwk] }, "jwks_mixed_symmetric");
  yield withSet(signer, "a key of tomorrow beside it", { keys: [{ kty: "LATTICE" }, signer.jwk] }, "jwks_mixed_symmetric");
  yield withSet(signer, "another secret beside it", { keys: [signer.jwk, { ...signer.jwk, kid: "k2" }] }, "valid");
}

export function* choice(signer) {
  if (!kinds.includes(signer.alg)) return;
  const { jwk } = signer;
  const { kid: _, ...nameless } = jwk;
  const attacker = publicJwk(attackersKey(signer));
  const set = (name, keys, expected, more = {}) => ({ ...withSet(signer, name, { keys }, expected), ...more });
  yield set("the key twice", [jwk, jwk], "multiple_matching_keys");
  yield set("the key twice, and each is tried", [jwk, jwk], "valid", { options: { ...signer.options, multipleKeys: "try" } });
  yield set("another of the same kid behind", [jwk, { ...jwk, ...attacker }], "multiple_matching_keys");
  yield set("another of the same kid in front", [{ ...jwk, ...attacker }, jwk], "multiple_matching_keys");
  yield set("another in front, and each is tried", [{ ...jwk, ...attacker }, jwk], "valid", { options: { ...signer.options, multipleKeys: "try" } });
  yield set("eight others in front, and each is tried", [...Array(8).fill({ ...jwk, ...attacker }), jwk], "signature_invalid", { options: { ...signer.options, multipleKeys: "try" } });
  yield set("ours without kid, another without kid", [nameless, { ...nameless, ...attacker }], "no_matching_key");
  yield set("ours without kid", [nameless], "no_matching_key");
  const token = signer.token({ alg: signer.alg });
  yield set("two keys, and the token names none", [jwk, { ...jwk, ...attacker, kid: "k2" }], "multiple_matching_keys", { token });
  yield set("no key", [], "no_matching_key");
  yield set("no key, and the token names none", [], "no_matching_key", { token });
  if (signer.kty !== "oct") {
    const other = signer.kty === "RSA" ? "P-256" : "RSA";
    yield set("the same kid on another kty", [{ ...publicJwk(keys[other]), kid: "k1" }, jwk], "valid");
    yield set("keys that are none beside it", [null, 1, "x", [], {}, { kty: "LATTICE" }, { kty: "RSA" }, jwk], "valid");
    yield set("999 keys of tomorrow beside it", [...Array(999).fill({ kty: "LATTICE" }), jwk], "valid");
  }
  yield set("1,000 keys beside it", [...Array(1000).fill({ kty: "oct" }), jwk], "jwks_too_large");
}

/** Not a set: decided before the token is looked at, so that one signer is enough. */
export function* brokenSets(signer) {
  if (signer.alg !== "ES256") return;
  const set = (name, jwks, expected = "jwks_malformed") => withSet(signer, name, jwks, expected);
  const keysText = `"keys":[${JSON.stringify(signer.jwk)}]`;
  for (const [name, text] of brokenObjects(keysText)) yield set(name, text);
  for (const keys of ["null", "1", "true", '"x"', "{}", JSON.stringify(signer.jwk), '{"0":{}}']) yield set(`keys: ${keys.slice(0, 20)}`, `{"keys":${keys}}`);
  yield set("keys twice", `{${keysText},${keysText}}`);
  yield set("keys twice, escaped", `{${keysText},"\\u006beys":[]}`);
  yield set("keys twice, the first empty", `{"keys":[],${keysText}}`);
  yield set("an unknown name twice", `{"x":1,"x":1,${keysText}}`);
  yield set("a name twice beside keys", `{"x":{"a":1,"a":2},${keysText}}`);
  yield set("Keys", `{"Keys":[]}`);
  yield set("an object of nothing", "{}");
  yield set("a JWK instead of a set", JSON.stringify(signer.jwk), "valid");
  yield set("an escaped name", `{"\\u006beys":[${JSON.stringify(signer.jwk)}],"x":1}`, "valid");
  yield set("PEM", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
  yield set("a page", "<!DOCTYPE html><title>503</title>");
  yield set("10,000 arrays deep", `{"keys":${"[".repeat(10_000)}${"]".repeat(10_000)}}`, "jwks_too_deep");
  yield set("10,000 arrays, never closed", `{"keys":${"[".repeat(10_000)}`, "jwks_too_deep");
  yield set("10,000 objects deep", `{"keys":[${'{"x":'.repeat(10_000)}1${"}".repeat(10_000)}]}`, "jwks_too_deep");
  yield set("100,000 keys", { keys: Array(100_000).fill({ kty: "oct", kid: "x" }) }, "jwks_too_large");
  yield set("100,000 keys of nothing", `{"keys":[${Array(100_000).fill("0").join(",")}]}`, "jwks_too_large");
  yield set("1 MiB", `{${keysText}}`.padEnd(1 << 20), "valid");
  yield set("1 MiB and a byte", `{${keysText}}`.padEnd((1 << 20) + 1), "jwks_too_large");
  yield set("20 MiB", `{${keysText}}`.padEnd(20 << 20), "jwks_too_large");
  yield set("a kid of 512 KiB beside it", { keys: [{ ...signer.jwk, kid: "x".repeat(1 << 19) }, signer.jwk] }, "valid");
  yield { ...set("an expired token in a broken set", "{}"), token: signer.token(signer.header, { exp: now - 1 }) };
}
