import assert from "node:assert/strict";
import { createHmac, createPublicKey, createSecretKey, generateKeyPairSync, KeyObject, webcrypto } from "node:crypto";
import { describe, test } from "node:test";
import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { claims, json, now } from "../support.mjs";
import { agree, algorithms, at, jose, jwkOf, jwsOf as newJwsOf, ours, outcome, publicAlgorithms, signer,
  verdict } from "./support.mjs";

const { subtle } = webcrypto;

/** The same token each time: some signatures are random. */
const tokens = new Map();
function jwsOf(...of) {
  const name = JSON.stringify(of);
  return tokens.get(name) ?? tokens.set(name, newJwsOf(...of)).get(name);
}

const isSecret = (alg) => alg.startsWith("HS");
const octets = (alg) => Buffer.from(jwkOf(alg).k, "base64url");
const keyObject = (alg) => (isSecret(alg) ? createSecretKey(octets(alg)) : createPublicKey({ key: jwkOf(alg),
  format: "jwk" }));
const pem = (alg) => keyObject(alg).export({ type: "spki", format: "pem" });

/** A key of each kind that jose takes. */
const kinds = {
  CryptoKey: async (alg) =>
    isSecret(alg)
      ? subtle.importKey("raw", octets(alg), { name: "HMAC", hash: `SHA-${alg.slice(2)}` }, true, ["verify"])
      : jose.importJWK(jwkOf(alg), alg),
  KeyObject: keyObject,
  JWK: (alg) => jwkOf(alg),
  "JWK without alg": (alg) => jwkOf(alg, { alg: undefined, use: undefined, kid: undefined }),
  "JWK with another kid": (alg) => jwkOf(alg, { kid: "another" }),
  octets: (alg) => new Uint8Array(octets(alg)),
  "importJWK()": async (alg, m) => m.importJWK(jwkOf(alg), alg),
  "importSPKI()": async (alg, m) => m.importSPKI(pem(alg), alg),
};
const isThere = (kind, alg) => (kind === "octets" ? isSecret(alg) : kind !== "importSPKI()" || !isSecret(alg));

for (const [kind, make] of Object.entries(kinds)) {
  describe(`${kind}`, () => {
    for (const alg of algorithms) {
      if (!isThere(kind, alg)) continue;
      agree(alg, async (m) => m.jwtVerify(jwsOf(alg), await make(alg, m), at()), "accepted");
      agree(`${alg}, by a function`, async (m) => {
        const key = await make(alg, m);
        const calls = [];
        const { key: resolved, ...result } = await m.jwtVerify(jwsOf(alg), (header, token) => (calls.push([header,
          token]), key), at());
        // A KeyObject becomes what the runtime makes of it.
        const found = resolved instanceof Uint8Array ? [...resolved] : resolved.type;
        return [result, calls, found, kind === "KeyObject" || (await m.jwtVerify(jwsOf(alg), resolved, at()))];
      }, "accepted");
      agree(`${alg}, another key's signature`, async (m) => {
        const [header, payload, signature] = jwsOf(alg).split(".");
        const wrong = Buffer.from(signature, "base64url");
        wrong[5] ^= 1;
        return m.jwtVerify(`${header}.${payload}.${wrong.toString("base64url")}`, await make(alg, m), at());
      }, "ERR_JWS_SIGNATURE_VERIFICATION_FAILED");
    }
  });
}

describe("a key of another kind than the token's alg asks for", () => {
  for (const alg of ["RS256", "PS256", "ES256", "ES384", "EdDSA", "HS256"]) {
    for (const other of ["RS256", "PS256", "ES256", "ES384", "EdDSA", "HS256"]) {
      if (alg === other) continue;
      for (const kind of ["CryptoKey", "JWK", "octets"].filter((one) => isThere(one, other))) {
        agree(`${alg} with ${kind} of ${other}`, async (m) =>
          m.jwtVerify(jwsOf(alg), await kinds[kind](other, m), at()), "TypeError");
      }
    }
  }
  // Without alg jose says of some what WebCrypto says: what is the same is that nothing is verified.
  for (const [alg, other] of [["RS256", "ES256"], ["ES256", "RS256"], ["EdDSA", "ES256"], ["HS256", "ES256"],
    ["ES256", "HS256"]]) {
    agree(`${alg} with a JWK of ${other} without alg`, (m) =>
      m.jwtVerify(jwsOf(alg), jwkOf(other, { alg: undefined }), at()));
  }
});

describe("what is no key, or none that verifies", () => {
  const pair = (type, options) => generateKeyPairSync(type, options);
  const { privateKey } = pair("ec", { namedCurve: "P-256" });
  const things = {
    undefined: undefined, null: null, number: 1, "empty text": "", PEM: pem("ES256"), array: [], "empty object": {},
    Map: new Map(), Date: new Date(), ArrayBuffer: new ArrayBuffer(32), "kty no string": { kty: 1 },
      "private KeyObject": privateKey,
    "private JWK": { ...privateKey.export({ format: "jwk" }) }, "use enc": jwkOf("ES256", { use: "enc" }),
    "key_ops without verify": jwkOf("ES256", { key_ops: ["sign"] }), "key_ops no array": jwkOf("ES256",
      { key_ops: "verify" }),
    "key_ops twice": jwkOf("ES256", { key_ops: ["verify", "verify"] }), "key_ops right": jwkOf("ES256",
      { key_ops: ["verify"] }),
    "another alg": jwkOf("ES256", { alg: "ES384" }), "an unknown kty": { kty: "foo" }, "an oct without k": { kty: "oct" },
    "an oct with a k that is none": { kty: "oct", k: "!" },
  };
  for (const [name, key] of Object.entries(things)) {
    for (const alg of ["ES256", "HS256"]) {
      agree(`${name}, for ${alg}`, (m) => m.jwtVerify(jwsOf(alg), key, at()));
      agree(`${name}, for ${alg}, from a function`, (m) => m.jwtVerify(jwsOf(alg), async () => key, at()));
      agree(`${name}, for ${alg} that is not allowed`, (m) =>
        m.jwtVerify(jwsOf(alg), key, at({ algorithms: ["RS256"] })), "ERR_JOSE_ALG_NOT_ALLOWED");
      agree(`${name}, for no token`, (m) => m.jwtVerify("a.b", key, at()), "ERR_JWS_INVALID");
    }
  }
  for (const [name, usages] of [["verify", ["verify"]], ["sign", ["sign"]], ["both", ["sign", "verify"]]]) {
    agree(`a secret CryptoKey for ${name}`, async (m) =>
      m.jwtVerify(jwsOf("HS256"), await subtle.importKey("raw", octets("HS256"), { name: "HMAC", hash: "SHA-256" },
        true, usages), at()));
  }
  agree("a private CryptoKey", async (m) => {
    const key = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    return m.jwtVerify(jwsOf("ES256"), key.privateKey, at());
  }, "TypeError");
  agree("a CryptoKey for encryption", async (m) => {
    const key = await subtle.importKey("jwk", jwkOf("RS256", { alg: undefined, use: undefined }),
      { name: "RSA-OAEP", hash: "SHA-256" }, true, ["encrypt"]);
    return m.jwtVerify(jwsOf("RS256"), key, at());
  }, "TypeError");
});

describe("many keys at once", () => {
  const secrets = Array.from({ length: 100 }, (_, i) => new Uint8Array(32).fill(i));
  const signed = secrets.map((secret) => {
    const input = `${json({ alg: "HS256" })}.${json({})}`;
    return [`${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`, secret];
  });
  agree("each verifies", (m) => Promise.all(signed.map(([token, secret]) => m.jwtVerify(token, secret, at()))), "accepted");
  agree("each verifies, by a function", (m) =>
    Promise.all(signed.map(([token, secret]) => m.jwtVerify(token, async () => secret, at()))), "accepted");
  test("each is imported", async () => {
    const jwks = Array.from({ length: 40 }, () => generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }));
    const keys = await Promise.all(jwks.map((jwk) => ours.importJWK(jwk, "EdDSA")));
    assert.deepEqual((await Promise.all(keys.map(jose.exportJWK))).map(({ x }) => x), jwks.map(({ x }) => x));
  });
});

describe("functions that find keys", () => {
  agree("are given header and token", async (m) => {
    const calls = [];
    const token = jwsOf("ES256", claims, { x: [1] });
    await m.jwtVerify(token, (...args) => (calls.push(args), jwkOf("ES256")), at());
    return calls;
  });
  for (const [name, token, options] of [
    ["structure", "x", {}],
    ["a header that is no JSON", "e30x.e30.AA", {}],
    ["crit", jwsOf("ES256", claims, { crit: ["x"], x: 1 }), {}],
    ["alg that is not allowed", jwsOf("ES256"), { algorithms: ["RS256"] }],
  ]) {
    agree(`are not asked when it fails before: ${name}`, async (m) => {
      let calls = 0;
      const error = await m.jwtVerify(token, () => (calls++, jwkOf("ES256")), at(options)).then(assert.fail,
        (one) => one);
      return [calls, error.code];
    });
  }
  test("may throw whatever they like", async () => {
    const thrown = { any: "thing" };
    for (const m of [ours, jose]) {
      const find = async () => { throw thrown; };
      await assert.rejects(m.jwtVerify(jwsOf("ES256"), find, at()), (error) => error === thrown);
    }
  });
  agree("find what is then said to have verified", async (m) => {
    const found = [await jose.importJWK(jwkOf("ES256"), "ES256"), new Uint8Array(octets("HS256"))];
    const { key } = await m.jwtVerify(jwsOf("ES256"), () => found[0], at());
    const { key: secret } = await m.jwtVerify(jwsOf("HS256"), () => found[1], at());
    return [key === found[0], secret === found[1]];
  }, "accepted");
  for (const ext of [true, false, undefined]) {
    const jwk = jwkOf("ES256", { use: "sig", key_ops: ["verify"], ext });
    agree(`may find a JWK with ext ${ext}`, (m) => m.jwtVerify(jwsOf("ES256"), () => jwk, at()), "accepted");
  }
  agree("come before the claims", async (m) =>
    m.jwtVerify(jwsOf("ES256", { exp: 1 }), () => jwkOf("ES384"), at()), "TypeError");
  agree("a JWK that was found twice is one key", async (m) => {
    const [jwk, found] = [jwkOf("ES256"), []];
    for (let i = 0; i < 2; i++) found.push((await m.jwtVerify(jwsOf("ES256"), () => jwk, at())).key.type);
    return found;
  });
});

describe("keys that were imported here", () => {
  for (const alg of [...publicAlgorithms, "Ed25519"]) {
    test(`${alg}: a CryptoKey like jose's, which jose takes, too`, async () => {
      for (const load of [(m) => m.importJWK(jwkOf(alg), alg), (m) => m.importSPKI(pem(alg), alg)]) {
        const [mine, theirs] = [await load(ours), await load(jose)];
        assert.deepEqual(KeyObject.from(mine).export({ format: "jwk" }),
          KeyObject.from(theirs).export({ format: "jwk" }));
        assert.deepEqual([mine.algorithm, mine.usages, mine.extractable], [theirs.algorithm, theirs.usages,
          theirs.extractable]);
        await jose.jwtVerify(jwsOf(alg), mine, at());
      }
    });
    test(`${alg}: one that cannot be exported`, async () => {
      const key = await ours.importJWK(jwkOf(alg), alg, { extractable: false });
      assert.equal(key.extractable, false);
      assert.ok(await ours.jwtVerify(jwsOf(alg), key, at()));
    });
  }
  test("RS256's key is not PS256's", async () => {
    const key = await ours.importJWK(jwkOf("RS256"), "RS256");
    await assert.rejects(ours.jwtVerify(jwsOf("PS256"), key, at()), TypeError);
  });
});

describe("keys that WebCrypto does not know verify all the same", () => {
  const input = `${json({ alg: "ES256K" })}.${json({ exp: now + 60 })}`;
  const token = `${input}.${signer("ES256K").sign(input).toString("base64url")}`;
  const spki = createPublicKey({ key: jwkOf("ES256K", { alg: undefined }), format: "jwk" }).export({ type: "spki",
    format: "pem" });
  const { kid, ...jwk } = jwkOf("ES256K");
  const ways = {
    JWK: async () => jwk,
    KeyObject: async () => createPublicKey(spki),
    "importJWK()": () => ours.importJWK(jwk, "ES256K"),
    "importSPKI()": () => ours.importSPKI(spki, "ES256K"),
    "a set's": () => ours.createLocalJWKSet({ keys: [jwk] })({ alg: "ES256K" }),
  };
  for (const [name, make] of Object.entries(ways)) {
    test(name, async () => {
      const key = await make();
      assert.ok(await ours.jwtVerify(token, key, at()));
      const { key: found } = await ours.jwtVerify(token, () => key, at());
      assert.equal(found.type, "public");
      assert.ok(await ours.jwtVerify(token, found, at()));
      assert.equal(verdict(await outcome((m) => m.jwtVerify(jwsOf("ES256"), found, at()), ours)), "TypeError");
    });
  }
  test("in a set", async () => {
    const { key } = await ours.jwtVerify(token, ours.createLocalJWKSet({ keys: [jwk] }), at());
    assert.ok(await ours.jwtVerify(token, key, at()));
  });
});

describe("ML-DSA, whatever the runtime knows", () => {
  for (const [alg, scheme, last] of [["ML-DSA-44", ml_dsa44, 0x11], ["ML-DSA-65", ml_dsa65, 0x12], ["ML-DSA-87",
    ml_dsa87, 0x13]]) {
    const { publicKey, secretKey } = scheme.keygen(Buffer.alloc(32, 1));
    const jwk = { kty: "AKP", alg, pub: Buffer.from(publicKey).toString("base64url") };
    const input = `${Buffer.from(JSON.stringify({ alg })).toString("base64url")}.e30`;
    const token = `${input}.${Buffer.from(scheme.sign(Buffer.from(input), secretKey)).toString("base64url")}`;
    // RFC 9881 section 4: SubjectPublicKeyInfo, the lengths in two octets.
    const element = (tag, contents) => Buffer.concat([Buffer.from([tag, 0x82, contents.length >> 8,
      contents.length & 255]), contents]);
    const oid = Buffer.from([0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, last]);
    const spki = element(0x30, Buffer.concat([oid, element(0x03, Buffer.concat([Buffer.alloc(1), publicKey]))]));
    const pem = `-----BEGIN PUBLIC KEY-----\n${spki.toString("base64")}\n-----END PUBLIC KEY-----`;
    for (const [name, find] of Object.entries({
      JWK: async () => jwk,
      "importJWK()": () => ours.importJWK(jwk),
      "importSPKI()": () => ours.importSPKI(pem, alg),
      "a set's": () => ours.createLocalJWKSet({ keys: [jwk] })({ alg }),
    })) {
      test(`${alg}: ${name}`, async () => {
        const { key } = await ours.jwtVerify(token, find, at());
        assert.ok(await ours.jwtVerify(token, key, at()));
        assert.equal(await ours.calculateJwkThumbprint(key), await ours.calculateJwkThumbprint(jwk));
      });
    }
  }
});
