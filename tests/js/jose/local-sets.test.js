import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { agree, algorithms, at, jose, jwkOf, jwsOf, ours, publicAlgorithms } from "./support.mjs";

const twins = [jwkOf("ES256", { kid: "a", n: 1 }), jwkOf("ES256", { kid: "b" })];
const all = { keys: publicAlgorithms.map((alg) => jwkOf(alg)) };
const plain = (alg, others) => jwkOf(alg, { kid: undefined, alg: undefined, use: undefined, ...others });

describe("createLocalJWKSet: the key of a token", () => {
  for (const alg of algorithms) {
    const token = jwsOf(alg);
    agree(`${alg} in a set of all`, async (m) => m.jwtVerify(token, m.createLocalJWKSet(all), at()));
    agree(`${alg} alone, without kid and alg`, (m) =>
      m.jwtVerify(token, m.createLocalJWKSet({ keys: [plain(alg, { kid: alg })] }), at()));
    agree(`${alg}, asked directly`, (m) => m.createLocalJWKSet(all)({ alg, kid: alg }));
    agree(`${alg}, by a function around it`, (m) => {
      const set = m.createLocalJWKSet(all);
      return m.jwtVerify(token, (header, jws) => set(header, jws), at());
    });
  }

  const token = (header) => jwsOf("ES256", undefined, header);
  for (const [name, keys, header] of [
    ["kid matches", twins, { kid: "b" }],
    ["kid matches none", twins, { kid: "c" }],
    ["kid differs in case", twins, { kid: "A" }],
    ["an empty kid", twins, { kid: "" }],
    ["no kid: several match", twins, { kid: undefined }],
    ["the same kid twice", [twins[0], twins[0]], { kid: "a" }],
    ["a kid, and a key without", [plain("ES256")], { kid: "a" }],
    ["no kid, one key of the type", [jwkOf("RS256"), plain("ES256"), jwkOf("EdDSA")], { kid: undefined }],
    ["the same kid for another type", [jwkOf("RS256", { kid: "a" }), twins[0]], { kid: "a" }],
    ["another alg", [plain("ES256", { alg: "ES384" })], { kid: undefined }],
    ["another curve", [plain("ES384")], { kid: undefined }],
    ["use enc", [plain("ES256", { use: "enc" })], { kid: undefined }],
    ["use enc and sig", [plain("ES256", { use: "enc" }), plain("ES256", { use: "sig" })], { kid: undefined }],
    ["key_ops", [plain("ES256", { key_ops: ["verify"] })], { kid: undefined }],
    ["key_ops for something else", [plain("ES256", { key_ops: ["sign"] })], { kid: undefined }],
    ["key_ops that are none", [plain("ES256", { key_ops: "verify" })], { kid: undefined }],
    ["key_ops twice", [plain("ES256", { key_ops: ["verify", "verify"] })], { kid: undefined }],
    ["no keys", [], {}],
    ["unknown types beside it", [{ kty: "x" }, {}, plain("ES256")], { kid: undefined }],
    ["a secret beside it", [jwkOf("HS256", { kid: "a" }), twins[0]], { kid: "a" }],
  ]) {
    const jws = token(header);
    for (const options of [{}, { algorithms: ["ES256"] }, { algorithms: ["RS256"] }]) {
      const set = (m) => m.createLocalJWKSet({ keys });
      agree(`${name} ${JSON.stringify(options)}`, (m) => m.jwtVerify(jws, set(m), at(options)));
      agree(`${name} ${JSON.stringify(options)}, by a function around it`, (m) =>
        m.jwtVerify(jws, (...args) => set(m)(...args), at(options)));
      agree(`${name} ${JSON.stringify(options)}, compactVerify`, (m) => m.compactVerify(jws, set(m), options));
    }
    agree(`${name}, asked directly`, (m) => m.createLocalJWKSet({ keys })({ alg: "ES256", kid: "ES256", ...header }));
  }
  for (const options of [{}, { algorithms: ["HS256"] }, { algorithms: ["RS256"] }, { algorithms: ["HS256", "RS256"] }]) {
    for (const keys of [[jwkOf("HS256")], [jwkOf("HS256"), jwkOf("RS256")], []]) {
      agree(`a secret ${keys.length} ${JSON.stringify(options)}`, (m) =>
        m.jwtVerify(jwsOf("HS256"), m.createLocalJWKSet({ keys }), at(options)));
    }
  }
  for (const header of [undefined, {}, { alg: 1 }, { alg: "x" }, { alg: "HS256" }, { alg: "none" }]) {
    agree(`asked directly for ${JSON.stringify(header)}`, (m) =>
      m.createLocalJWKSet(all)(header), "ERR_JOSE_NOT_SUPPORTED");
  }
  agree("asked directly, with alg and kid in the token's unprotected header", (m) =>
    m.createLocalJWKSet({ keys: twins })({}, { header: { alg: "ES256", kid: "b" } }));
  agree("the same CryptoKey each time", async (m) => {
    const set = m.createLocalJWKSet(all);
    const { key } = await m.jwtVerify(jwsOf("RS256"), set, at());
    return [key === (await m.jwtVerify(jwsOf("RS256"), set, at())).key, key === (await set({ alg: "RS256",
      kid: "RS256" }))];
  });
  for (const ext of [true, false]) {
    const keys = [plain("ES256", { use: "sig", key_ops: ["verify"], ext, x5t: "x" })];
    agree(`a CryptoKey, whatever else the JWK says: ext ${ext}`, (m) => m.createLocalJWKSet({ keys })({ alg: "ES256" }));
  }
  agree("one key for several alg", async (m) => {
    const set = m.createLocalJWKSet({ keys: [plain("RS256")] });
    const [a, b] = [await set({ alg: "RS256" }), await set({ alg: "PS256" })];
    return [a === b, a.algorithm.name, b.algorithm.name];
  });
});

describe("several keys match: each can be tried, as jose's users do", () => {
  const stranger = jose.generateKeyPair("ES256",
    { extractable: true }).then(({ publicKey }) => jose.exportJWK(publicKey));
  const tryEach = async (m, set, token) =>
    m.jwtVerify(token, set, at()).catch(async (error) => {
      if (error?.code !== "ERR_JWKS_MULTIPLE_MATCHING_KEYS") throw error;
      const tried = [];
      for await (const key of error) {
        tried.push(await jose.exportJWK(key));
        try {
          return [tried, await m.jwtVerify(token, key, at())];
        } catch (inner) {
          if (inner?.code !== "ERR_JWS_SIGNATURE_VERIFICATION_FAILED") throw inner;
        }
      }
      throw new m.errors.JWSSignatureVerificationFailed();
    });
  const token = jwsOf("ES256", undefined, { kid: undefined });
  agree("the second is it", async (m) =>
    tryEach(m, m.createLocalJWKSet({ keys: [await stranger, plain("ES256")] }), token), "accepted");
  agree("by a function around it", async (m) => {
    const set = m.createLocalJWKSet({ keys: [await stranger, plain("ES256")] });
    return tryEach(m, (...args) => set(...args), token);
  }, "accepted");
  agree("none is it", async (m) =>
    tryEach(m, m.createLocalJWKSet({ keys: [await stranger, { ...(await stranger), kid: "x" }] }), token),
    "ERR_JWS_SIGNATURE_VERIFICATION_FAILED");
  test("an error of one's own has none", async () => {
    for await (const key of new ours.errors.JWKSMultipleMatchingKeys()) assert.fail(String(key));
  });
});

describe("createLocalJWKSet: the set", () => {
  for (const [name, jwks] of Object.entries({
    undefined: undefined, null: null, text: JSON.stringify(all), array: [], "no keys": {}, "keys no array": { keys: {} },
    "a JWK": jwkOf("ES256"), function: { keys: [], f() {} }, right: all, empty: { keys: [] },
  })) {
    agree(name, async (m) => m.createLocalJWKSet(jwks).jwks());
  }
  agree("is a copy", async (m) => {
    const jwks = { keys: [jwkOf("ES256")], x: { y: 1 } };
    const set = m.createLocalJWKSet(jwks);
    jwks.keys.length = 0;
    set.jwks().keys.length = 0;
    return [set.jwks(), (await m.jwtVerify(jwsOf("ES256"), set, at())).payload];
  });
  agree("its function's members", async (m) => {
    const set = m.createLocalJWKSet(all);
    return [typeof set, Object.keys(set), Object.getOwnPropertyNames(set).sort()];
  });
});
