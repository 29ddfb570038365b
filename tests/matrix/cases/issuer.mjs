import { equal, errorOf } from "../suite.mjs";

export const entry = "touchstone/issuer";
export const needs = [];

const issuer = "https://id.example";
const sealingKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const algs = ["ES256", "ES384", "ES512", "ES256K", "Ed25519", "HS256", "HS384", "HS512"];

/** By WebCrypto, where a page has it; the other tests know what is signed everywhere. */
const ecdsa = { ES256: ["P-256", "SHA-256"], ES384: ["P-384", "SHA-384"] };
async function assertVerifies(jws, jwk) {
  const [header, payload, signature] = jws.split(".");
  const octets = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const { alg, kid } = JSON.parse(new TextDecoder().decode(octets(header)));
  equal([alg, kid], [jwk.alg, jwk.kid]);
  if (!globalThis.crypto.subtle || !ecdsa[alg]) return;
  const [namedCurve, hash] = ecdsa[alg];
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve }, false, ["verify"]);
  const input = new TextEncoder().encode(`${header}.${payload}`);
  equal(await crypto.subtle.verify({ name: "ECDSA", hash }, key, octets(signature), input), true);
}

export function cases(api) {
  const { createIssuer, KeyRing, memoryStore, publicJwks, rotate, seal, sign, SigningKey, signJws, unseal } = api;
  return {
    ...Object.fromEntries(algs.map((alg) => [
      `a key of ${alg} signs, and is the same after it was away`,
      async () => {
        const key = SigningKey.generate(alg);
        const jwk = key.exportPrivateJwk();
        const again = SigningKey.import(jwk);
        equal([again.alg, again.kid, again.isSymmetric], [alg, jwk.kid, alg.startsWith("HS")]);
        await assertVerifies(signJws('{"sub":"ada"}', again), again.publicJwk ?? jwk);
        // They differ in nothing by which ECDSA, EdDSA or HMAC would sign otherwise.
        equal(signJws("x", key), signJws("x", again));
      },
    ])),
    "a ring rotates, and is kept sealed": async () => {
      const at = (seconds) => new Date((1_800_000_000 + seconds) * 1000);
      let { ring, next } = rotate(new KeyRing(), {}, at(0));
      const { token } = sign({ sub: "ada" }, ring, { currentDate: at(0) });
      await assertVerifies(token, publicJwks(ring).keys[0]);
      const days = 86400;
      equal(next, at(29 * days));
      ({ ring } = rotate(ring, {}, next));
      equal(ring.keys.map(({ state }) => state), ["active", "pending"]);
      const text = seal(ring, {}, sealingKey);
      ({ ring } = rotate(unseal(text, sealingKey).ring, {}, at(30 * days)));
      equal(ring.keys.map(({ state }) => state), ["retiring", "active"]);
      equal((await errorOf(() => unseal(text, null))).reason, "sealing_key_missing");
    },
    "an issuer signs and serves": async () => {
      const { fetch, ...own } = createIssuer({ issuer, store: memoryStore(), sealingKey });
      equal(Object.keys(own), []);
      const served = createIssuer({ issuer, store: memoryStore(), sealingKey });
      const { token } = await served.sign({ sub: "ada" });
      const response = await served.fetch(new Request(`${issuer}/.well-known/jwks.json`));
      equal([response.status, response.headers.get("content-type")], [200, "application/jwk-set+json"]);
      const { keys } = await response.json();
      await assertVerifies(token, keys[0]);
      const headers = { "if-none-match": response.headers.get("etag") };
      equal((await served.fetch(new Request(`${issuer}/.well-known/jwks.json`, { headers }))).status, 304);
      equal((await served.fetch(new Request(`${issuer}/.well-known/openid-configuration`, { method: "HEAD" }))).status, 200);
      equal((await served.fetch(new Request(`${issuer}/`))).status, 404);
    },
    "what cannot be kept is refused with its reason": async () => {
      const error = await errorOf(() => rotate(new KeyRing(), { publishAhead: 1 }));
      equal([error.name, error.code, error.reason, error.detail.member],
        ["TouchstoneError", "ERR_TOUCHSTONE_OPTION_INVALID", "option_invalid", "publishAhead"]);
    },
  };
}
