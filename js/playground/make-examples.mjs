// Makes examples.json anew: `node js/playground/make-examples.mjs`. A valid token of every algorithm, tokens whose
// time is over or to come, sets that the audit has something to say of, and of every class of attacks one or two.
// The attacks are those of tests/agreement, made with keys of their own; private keys are not kept.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { classes } from "../../tests/agreement/attacks.mjs";
import { Signer, algorithms, b64, encode, keys } from "../../tests/agreement/signers.mjs";

// Valid until 2100. What is over ended in 2020, what is to come begins in 2100: so it stays for decades.
const issued = Date.UTC(2026, 0, 1) / 1000;
const end = Date.UTC(2100, 0, 1) / 1000;
const claims = { iss: "https://id.example", sub: "ada", aud: "api", iat: issued, nbf: issued, exp: end };
const expected = { issuer: claims.iss, audience: claims.aud };

// ---- keys ------------------------------------------------------------------------------------------

const pair = (type, options) => generateKeyPairSync(type, options).privateKey.export({ format: "jwk" });
const mlDsa = { "ML-DSA-44": ml_dsa44, "ML-DSA-65": ml_dsa65, "ML-DSA-87": ml_dsa87 };
const seeds = Object.fromEntries(Object.keys(mlDsa).map((alg) => [alg, randomBytes(32)]));
const akp = (alg) => ({ kty: "AKP", alg, pub: b64(mlDsa[alg].keygen(seeds[alg]).publicKey), priv: b64(seeds[alg]) });
Object.assign(keys, {
  RSA: pair("rsa", { modulusLength: 2048 }),
  "P-256": pair("ec", { namedCurve: "P-256" }),
  "P-384": pair("ec", { namedCurve: "P-384" }),
  "P-521": pair("ec", { namedCurve: "P-521" }),
  secp256k1: pair("ec", { namedCurve: "secp256k1" }),
  Ed25519: pair("ed25519"),
  Ed448: pair("ed448"),
  "ML-DSA-44": akp("ML-DSA-44"),
  oct: { kty: "oct", k: b64(randomBytes(64)) },
});

function signerOf(alg) {
  const signer = new Signer(alg);
  signer.claims = claims;
  signer.valid = signer.token();
  signer.segments = signer.valid.split(".");
  return signer;
}

// ---- examples --------------------------------------------------------------------------------------

const examples = [];

/** A token of one character says how often. */
const written = (token) => (/^(.)\1{999,}$/.test(token) ? { repeat: token[0], times: token.length } : token);

function add(group, name, why, token, jwks, options, verdict, extra = {}) {
  examples.push({ group, name, why, token: written(`${token}`), jwks: Buffer.from(jwks).toString(), options, verdict, ...extra });
}

function addAlgorithms() {
  const about = {
    RSA: "An RSA key of 2048 bits.",
    EC: "An elliptic curve's key; the signature is r and s, side by side.",
    OKP: "An Edwards curve's key; the signature is deterministic.",
    AKP: "A key of a lattice: made to withstand quantum computers. Tokens become large.",
    oct: "A shared secret: who can verify can also sign. HMAC must be allowed by name.",
  };
  const make = (alg, why, token, jwks, options = {}) =>
    add("Algorithms", alg, why, token, jwks, { ...expected, ...options }, "valid");
  for (const alg of Object.keys(algorithms)) {
    const { kty, jwks, options, valid } = signerOf(alg);
    make(alg, about[kty], valid, jwks, options);
    if (kty !== "AKP") continue;
    for (const larger of ["ML-DSA-65", "ML-DSA-87"]) {
      const { publicKey, secretKey } = mlDsa[larger].keygen(seeds[larger]);
      const key = { kty, alg: larger, pub: b64(publicKey), kid: "k1", use: "sig" };
      const input = [{ alg: larger, typ: "JWT", kid: "k1" }, claims].map((part) => b64(encode(part))).join(".");
      const token = `${input}.${b64(mlDsa[larger].sign(Buffer.from(input), secretKey))}`;
      make(larger, about.AKP, token, JSON.stringify({ keys: [key] }));
    }
  }
}

function addTimes() {
  const signer = signerOf("ES256");
  const make = (name, why, members, verdict, options = {}) =>
    add("Times", name, why, signer.token(signer.header, { ...claims, ...members }), signer.jwks, { ...expected, ...options }, verdict);
  const then = Date.UTC(2020, 0, 1) / 1000;
  make("Expired", "Its hour was on the first of January 2020.", { iat: then, nbf: then, exp: then + 3600 }, "token_expired");
  make("Expired, judged in its time", "The same hour, with the clock put back into it: what a log's reader needs.", { iat: then, nbf: then, exp: then + 3600 }, "valid", { currentDate: "2020-01-01T00:30:00Z" });
  make("Not valid yet", "Its time begins in the year 2100.", { nbf: end, exp: end + 3600 }, "token_not_active");
  make("Without an end", "There is no exp. It is valid for ever, which the verdict says; requiredClaims refuses it.", { exp: undefined }, "valid");
  make("Too old", "It has not expired, but an hour since iat is all that was asked for.", {}, "token_too_old", { maxTokenAge: "1 hour" });
}

function addSets() {
  const signer = signerOf("ES256");
  const withPrivate = { ...signer.jwk, kid: "2025", d: b64(randomBytes(32)) };
  const weak = { ...signerOf("RS256").jwk, kid: "weak", n: b64(randomBytes(128).fill(0xc3, 0, 1).fill(0x01, 127)) };
  const { alg, use, ...bare } = signer.jwk;
  const odd = { ...signerOf("Ed25519").jwk, kid: "k1", alg: "EdDSA", tpyo: true };
  const offCurve = { ...signer.jwk, kid: "off", y: signer.jwk.x };
  const set = { keys: [bare, withPrivate, weak, odd, offCurve, { kty: "EC", kid: "k3", crv: "P-256", use: "enc" }] };
  const make = (name, why, jwks) => add("Key sets", name, why, signer.valid, JSON.stringify(jwks), expected, "valid");
  make("A set with much to say of", "Private, weak, off its curve, without alg: a bad key never spoils its set, and the audit tells what to do about each.", set);
  const others = ["RS256", "ES384", "Ed25519"].map((alg) => ({ ...signerOf(alg).jwk, kid: alg }));
  make("A set in order", "Four keys, each with kid, alg and use: the token's header names one.", { keys: [...others, signer.jwk] });
}

// Class, algorithm, the attack's name there, what to call it here, and what it is.
const attacks = [
  ["The classics"],
  ["header: none", "ES256", '"none", alg typ kid, no signature', "alg: none", "The token says that it is not signed, and is not. CVE-2015-9235, CVE-2022-23540."],
  ["header: none", "ES256", '"nOnE", alg typ kid, no signature', "alg: nOnE", "Filters that look for none overlook another spelling."],
  ["header: public key as secret", "RS256", "HS256, PEM", "RS256 becomes HS256", "HMAC with the public key's PEM, which everybody has, as the secret. CVE-2015-9235, CVE-2016-10555, CVE-2022-29217."],
  ["header: public key as secret", "RS256", "HS256, PEM, HS allowed", "The same, and HS256 is allowed", "Even then: a set with public keys never serves HMAC. CVE-2023-48223, CVE-2024-54150."],
  ["header: embedded keys", "ES256", "jwk, our kid", "The attacker's key in the header", "A token that brings its own key is signed by whoever made it. CVE-2018-0114."],
  ["header: embedded keys", "ES256", "jku, our kid", "jku: a set somewhere else", "The header names a URL for the keys. It is never fetched."],
  ["header: embedded keys", "ES256", "jku, cloud, our kid", "jku: the cloud's metadata", "The same, to make a server call addresses within its network. CVE-2024-21643."],
  ["header: embedded keys", "ES256", "x5c, our kid", "A certificate in the header", "A chain that the token itself brings proves nothing."],
  ["signature: r and s", "ES256", "r is 0, s is 0", "Psychic signature", "r and s are zero: a verifier that forgets the range takes it for every message. CVE-2022-21449."],
  ["The signature"],
  ["signature: each bit flipped", "ES256", "bit 0", "One bit flipped", "A signature is right in all its bits or not at all."],
  ["payload: each byte changed", "ES256", "byte 35", "A claim changed", "One letter of sub is another; the signature is the old one."],
  ["signature: another key or input", "ES256", "another key", "Another key's signature", "Signed well, by a key that is not in the set."],
  ["signature: another algorithm's", "ES256", "ES256K", "Another algorithm's signature", "ES256K's signature has the same length as ES256's."],
  ["signature: another length", "ES256", "0 behind", "One byte more", "Each algorithm's signature has one length."],
  ["signature: filled", "ES256", "as hexadecimal", "Written as hexadecimal", "The right bytes, spelled in another way."],
  ["signature: made otherwise", "RS256", "the other padding", "PSS under the name of RS256", "One key, one padding: the name in the header decides which."],
  ["signature: made otherwise", "ES256", "sha1", "Signed over SHA-1", "ES256 says SHA-256."],
  ["signature: RSA numbers", "RS256", "n+s", "Signature plus modulus", "The same number modulo n, but not the same token."],
  ["signature: EdDSA's R and S", "Ed25519", "S + 1 L", "S plus the group's order", "A second spelling of one signature (RFC 8032 section 5.1.7)."],
  ["signature: ML-DSA encodings", "ML-DSA-44", "a position twice", "ML-DSA: a hint twice", "A second spelling of one signature (FIPS 204, algorithm 21)."],
  ["The text"],
  ["text: segments", "ES256", "a JWE", "An encrypted token", "Five segments are a JWE; only its recipient can read it."],
  ["text: segments", "ES256", "four: signature twice", "Four segments", "A JWT has three. CVE-2025-30204 was about counting dots."],
  ["text: not canonical", "ES256", /^signature /, "Spare bits", "The last letter has bits that no byte needs. They must be zero, or one token has many spellings. CVE-2022-25898."],
  ["text: foreign bytes", "ES256", "byte 43 at header", "A plus sign", "Not of the alphabet: base64url has - and _."],
  ["text: foreign texts", "ES256", "percent-encoded dots", "Percent-encoded dots", "Decoded once too often, or too seldom."],
  ["text: each bit flipped", "ES256", "bit 4", "A bit of the text", "The first letter is another."],
  ["text: each cut", "ES256", "the first 160", "Cut off", "Copied without its end."],
  ["text: JSON serializations", "ES256", "flattened", "JSON instead of compact", "A JWS, but a JWT is compact. CVE-2022-39227 was a text that is both."],
  ["text: sizes", "ES256", "65 KiB of A", "65 KiB", "Above the limit, and looked at no further. CVE-2025-27144."],
  ["The header"],
  ["header: alg", "ES256", "ES384, default", "Another alg", "The key is for ES256, and says so."],
  ["header: kid", "ES256", "a path", "kid: a path", "Keys are looked up by name, not in the file system."],
  ["header: kid", "ES256", "SQL", "kid: SQL", "Nor in a database."],
  ["header: crit", "ES256", "unknown: http://example.invalid/UNDEFINED", "crit: unknown", "An extension that must be understood, and is not. CVE-2025-59420."],
  ["header: crit", "ES256", "absent: exp", "crit: absent", "crit names a parameter that the header does not have."],
  ["header: b64", "ES256", "false, critical", "b64: false", "An unencoded payload is nothing for a JWT (RFC 7797 section 7)."],
  ["header: wrong types", "ES256", "kid: 0", "kid is a number", "A parameter of the wrong type is no parameter that is absent."],
  ["header: nested", "ES256", "JWT, around a token", "A token in a token", "cty says that the payload is another JWT."],
  ["header: JSON", "ES256", 'alg: "none" behind', "alg twice", "Of two values parsers take the first or the last; this token wants them to differ."],
  ["header: each bit flipped", "ES256", "bit 0", "A bit of the header", "It is not JSON any more."],
  ["The claims"],
  ["claims: dates", "ES256", 'exp: "tomorrow"', "exp is text", "A claim of the wrong type is not one that is absent."],
  ["claims: dates", "ES256", "exp: 0", "exp is 0", "Expired in 1970, not “without an end”."],
  ["claims: iss, sub, jti", "ES256", "iss: a list", "iss is a list", "The attacker's name beside the issuer's. CVE-2025-30144."],
  ["claims: iss, sub, jti", "ES256", 'iss: "https://id.example.attacker.example"', "iss begins like the issuer", "Compared whole, not by its beginning. CVE-2024-53861."],
  ["claims: aud", "ES256", '"apis"', "aud is nearly the audience", "For somebody else, one letter away."],
  ["claims: typ and profile", "ES256", '"JWT" for at+jwt', "An ID token as access token", "One kind of token in another's place (RFC 8725 section 3.11)."],
  ["payload: JSON", "ES256", 'sub: "eve" behind', "sub twice", "Who reads the first is told of ada, who reads the last of eve."],
  ["The keys"],
  ["key: weak RSA", "RS256", "1024 bits, signed by it", "RSA of 1024 bits", "Too short; the limit is 2048 (RFC 7518 section 3.3)."],
  ["key: weak RSA", "RS256", "the ROCA fingerprint", "ROCA", "A modulus of a smart card's library that can be factored. CVE-2017-15361."],
  ["key: points", "ES256", "x and y exchanged", "Off the curve", "x and y exchanged: no point of P-256."],
  ["key: Edwards points", "Ed25519", /^of small order.*forged$/, "Small order", "With such a key one signature fits every message."],
  ["key: material", "ES256", /^y: undefined/, "A coordinate is missing", "The key is skipped, and the set goes on without it."],
  ["key: members", "ES256", 'use: "enc"', "use: enc", "A key for encryption does not verify."],
  ["key: ML-DSA lengths", "ML-DSA-44", "a byte less behind", "ML-DSA: a byte short", "Each algorithm's public key has one length."],
  ["key: weak secrets", "HS256", "31 bytes", "A secret of 31 bytes", "HS256 wants 32 at least (RFC 7518 section 3.2)."],
  ["key: choice", "ES256", "another of the same kid behind", "Two keys of one kid", "Which is meant? Nobody guesses."],
  ["set: broken", "ES256", "keys twice", "keys twice", "A set with two lists of keys is no set."],
];

function addAttacks() {
  let group;
  for (const [name, alg, wanted, title, why] of attacks) {
    if (!alg) {
      group = `Attacks: ${name[0].toLowerCase()}${name.slice(1)}`;
      continue;
    }
    const signer = signerOf(alg);
    const isWanted = (attack) => (wanted instanceof RegExp ? wanted.test(attack.name) : wanted === attack.name);
    let attack;
    for (const candidate of classes[name](signer)) {
      if (isWanted(candidate)) attack = candidate;
      if (attack) break;
    }
    if (!attack || attack.expected === "valid") throw new Error(`There is no attack ${name}, ${wanted}`);
    add(group, title, why, attack.token, attack.jwks ?? signer.jwks, attack.options ?? signer.options, attack.expected, { class: name });
  }
}

addAlgorithms();
addTimes();
addSets();
addAttacks();

// What ML-DSA signed stands together, so that a compressor sees how much of it is the same.
const isLarge = ({ jwks }) => jwks.includes("AKP");
const inOrder = [...examples.filter((example) => !isLarge(example)), ...examples.filter(isLarge)];
const groups = [...new Set(examples.map(({ group }) => group))];
const lines = (values) => values.map((value) => `    ${JSON.stringify(value)}`).join(",\n");
writeFileSync(
  new URL("examples.json", import.meta.url),
  `{\n  "note": "Made by make-examples.mjs. The private keys are gone.",\n  "groups": ${JSON.stringify(groups)},\n  "examples": [\n${lines(inOrder)}\n  ]\n}\n`,
);
