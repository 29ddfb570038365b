import { equal, errorOf } from "../suite.mjs";

export const entry = "touchstone";

/** What it needs of a runtime: see `suitesFor`. */
export const needs = [];

const utf8 = (text) => new TextEncoder().encode(text);

export function cases(touchstone, { now, signed, wrong, jws, example, claims }) {
  const { createRemoteKeySet, createVerifier, discover, KeySet, TouchstoneError, verify, verifySync } = touchstone;
  const currentDate = new Date(now * 1000);
  const { jwks, token } = signed.ES256;
  const refuses = async (call, code, reason) => {
    const error = await errorOf(call);
    equal([error instanceof TouchstoneError, error instanceof Error], [true, true], String(error));
    equal([error.name, error.code, error.reason], ["TouchstoneError", code, reason]);
    return error;
  };
  const refused = (options, code, reason, jwt = token) => () =>
    refuses(() => verifySync(jwt, jwks, { currentDate, ...options }), code, reason);

  /** A provider in memory: counts what it is asked. */
  const provider = (documents) => {
    const requests = [];
    const fetch = async (url) => {
      requests.push(url);
      if (!(url in documents)) return new Response("", { status: 503 });
      const headers = { "content-type": "application/json", "cache-control": "max-age=600", etag: '"1"' };
      return new Response(documents[url], { headers });
    };
    return { fetch, requests };
  };
  const jwksUri = "https://id.example/jwks";

  const algorithms = Object.entries(signed).map(([alg, { jwks, token, tampered, options }]) => [
    alg,
    async () => {
      const all = { ...options, currentDate, issuer: claims.iss, audience: claims.aud };
      const { payload, protectedHeader, key, unchecked } = await verify(token, jwks, all);
      equal([payload, protectedHeader.alg, key.kid, unchecked], [claims, alg, "k1", []]);
      equal(verifySync(token, jwks, all).payload, claims);
      await refuses(() => verify(tampered, jwks, all), "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "signature_invalid");
    },
  ]);

  return {
    ...Object.fromEntries(algorithms),

    "ES256, often enough for tables": () => {
      const keys = KeySet.parse(jwks);
      for (let i = 0; i < 100; i++) equal(verifySync(token, keys, { currentDate }).payload.sub, claims.sub);
    },
    "a hundred at once": async () => {
      const all = Array.from({ length: 100 }, () => verify(token, jwks, { currentDate }));
      equal((await Promise.all(all)).length, 100);
    },
    "without options, by this machine's clock": async () => {
      const { payload, unchecked } = await verify(example.token, example.jwks);
      equal([payload.sub, unchecked], ["ada", ["iss", "aud"]]);
    },
    "every form of a set": () => {
      const object = JSON.parse(jwks);
      for (const form of [object, jwks, utf8(jwks), object.keys[0], KeySet.parse(object)]) {
        equal(verifySync(token, form, { currentDate }).key.index, 0);
      }
    },
    "text beyond ASCII": () => {
      const { payload } = verifySync(signed.ES256.unicode, jwks, { currentDate });
      equal(payload.name, "Zoë 💎 日本");
    },
    "a token larger than the default limit": async () => {
      const { large } = signed.ES256;
      await refuses(() => verify(large, jwks, { currentDate }), "ERR_JWS_INVALID", "token_too_large");
      equal(verifySync(large, jwks, { currentDate, maxTokenSize: 1e6 }).payload.text.length, 100_000);
    },

    expired: async () => {
      const call = () => verifySync(token, jwks, { currentDate: new Date((claims.exp + 1) * 1000) });
      const error = await refuses(call, "ERR_JWT_EXPIRED", "token_expired");
      equal([error.claim, error.payload.sub, error.section], ["exp", claims.sub, "RFC 7519 section 4.1.4"]);
    },
    "not yet valid": async () => {
      const call = () => verifySync(token, jwks, { currentDate: new Date((claims.nbf - 1) * 1000) });
      await refuses(call, "ERR_JWT_CLAIM_VALIDATION_FAILED", "token_not_active");
    },
    "another issuer": refused({ issuer: "https://other.example" }, "ERR_JWT_CLAIM_VALIDATION_FAILED", "issuer_mismatch"),
    "another audience": refused({ audience: ["web"] }, "ERR_JWT_CLAIM_VALIDATION_FAILED", "audience_mismatch"),
    "an unknown option": refused({ algorithm: "ES256" }, "ERR_TOUCHSTONE_OPTION_INVALID", "option_invalid"),
    "another algorithm": refused({ algorithms: ["RS256"] }, "ERR_JOSE_ALG_NOT_ALLOWED", "alg_not_allowed"),
    "no token": refused({}, "ERR_JWS_INVALID", "token_malformed", "a.b"),
    "alg none": refused({}, "ERR_JOSE_NOT_SUPPORTED", "alg_none", "eyJhbGciOiJub25lIn0.e30."),
    "a key of another algorithm": async () => {
      const call = () => verifySync(token, signed.RS256.jwks, { currentDate });
      const error = await refuses(call, "ERR_JWKS_NO_MATCHING_KEY", "key_alg_mismatch");
      equal(error.detail.keys, [{ index: 0, reason: "kty_mismatch" }]);
    },
    "no key of that name": async () => {
      const call = () => verifySync(token, example.jwks, { currentDate });
      await refuses(call, "ERR_JWKS_NO_MATCHING_KEY", "no_matching_key");
    },
    "HMAC unless it is named": async () => {
      const call = () => verifySync(signed.HS256.token, signed.HS256.jwks, { currentDate });
      await refuses(call, "ERR_JOSE_ALG_NOT_ALLOWED", "alg_not_allowed");
    },
    "attacks": async () => {
      for (const [name, jwt] of Object.entries(wrong.tokens)) {
        const error = await errorOf(() => verifySync(jwt, wrong.jwks, { currentDate: new Date(wrong.now * 1000) }));
        if (!(error instanceof TouchstoneError)) throw new Error(`${name}: ${error}`);
      }
      equal(Object.keys(wrong.tokens).length >= 15, true);
    },

    "KeySet": () => {
      const keys = KeySet.parse(example.jwks);
      equal(keys.keys.map(({ kid }) => kid), ["2026-08-rsa", "2026-11-ec"]);
      equal(keys.skipped.map(({ kid, reason }) => [kid, typeof reason]), [["tomorrow", "string"]]);
      keys.dispose();
    },
    "createVerifier, with a cache": async () => {
      const verifier = createVerifier({ jwks, issuer: claims.iss, audience: claims.aud, cache: { maxEntries: 2 } });
      const first = await verifier.verify(token, { currentDate });
      equal(verifier.verifySync(token, { currentDate }) === first, true);
      equal(verifier.explain(token, { currentDate }).valid, true);
    },
    "explain": () => {
      const { valid, steps, keys, key } = touchstone.explain(token, jwks, { currentDate });
      equal([valid, key, keys[0].status], [true, 0, "matching"]);
      equal(steps.map(({ status }) => status).includes("failed"), false);
      const refused = touchstone.explain(token, signed.RS256.jwks, { currentDate });
      equal([refused.valid, refused.error.reason, refused.keys[0].status], [false, "key_alg_mismatch", "passed_over"]);
    },
    "audit": () => {
      const { keys, usable, findings } = touchstone.audit(example.jwks, { currentDate });
      equal([keys, usable, findings.length > 0 && findings.every(({ advice }) => advice)], [3, 2, true]);
    },
    "decode": () => {
      const { unverifiedHeader, unverifiedPayload } = touchstone.decode(token);
      equal([unverifiedHeader.alg, unverifiedPayload], ["ES256", claims]);
    },
    "thumbprint, thumbprintUri": () => {
      const { jwk, thumbprint } = jws.rfc7638;
      equal(touchstone.thumbprint(jwk), thumbprint);
      equal(touchstone.thumbprintUri(jwk), `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${thumbprint}`);
    },
    "verifyJws: compact, flattened, general, detached": async () => {
      const [protectedHeader, payload, signature] = token.split(".");
      const flattened = { protected: protectedHeader, payload, signature };
      const general = { payload, signatures: [{ protected: protectedHeader, signature }] };
      for (const form of [token, flattened, general, JSON.stringify(general)]) {
        const { payload: octets } = await touchstone.verifyJws(form, jwks);
        equal(JSON.parse(new TextDecoder().decode(octets)), claims);
        equal(touchstone.verifyJwsSync(form, jwks).signatures.length, 1);
      }
      const detached = `${protectedHeader}..${signature}`;
      const { key } = touchstone.verifyJwsSync(detached, jwks, { payload: JSON.stringify(claims) });
      equal(key.kid, "k1");
      const call = () => touchstone.verifyJws(detached, jwks, { payload: "{}" });
      await refuses(call, "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "signature_invalid");
    },
    "verifyJws: b64 false": () => {
      for (const { jws: text, jwk, payload } of jws.unencoded) {
        const answer = touchstone.verifyJwsSync(text, jwk, { algorithms: ["HS256"], payload });
        equal(new TextDecoder().decode(answer.payload), "$.02");
      }
    },

    "createRemoteKeySet": async () => {
      const { fetch, requests } = provider({ [jwksUri]: jwks });
      const remote = createRemoteKeySet(jwksUri, { fetch });
      equal((await verify(token, remote, { currentDate })).payload.sub, claims.sub);
      for (let i = 0; i < 10; i++) verifySync(token, remote, { currentDate });
      equal(requests, [jwksUri]);
      // Another machine, of which the provider is out of reach, starts with what this one knows.
      const down = provider({});
      const restored = createRemoteKeySet(jwksUri, { fetch: down.fetch, snapshot: remote.snapshot() });
      equal([verifySync(token, restored, { currentDate }).payload.sub, down.requests], [claims.sub, []]);
    },
    "createRemoteKeySet, at once": async () => {
      const remote = createRemoteKeySet(jwksUri, { fetch: provider({ [jwksUri]: jwks }).fetch });
      await refuses(() => verifySync(token, remote, { currentDate }), "ERR_TOUCHSTONE_JWKS_NOT_READY", "jwks_not_ready");
      await remote.hydrate();
      equal(verifySync(token, remote, { currentDate }).payload.sub, claims.sub);
    },
    "createRemoteKeySet, from a provider that fails": async () => {
      const remote = createRemoteKeySet(jwksUri, { fetch: provider({}).fetch });
      const error = await errorOf(() => verify(token, remote, { currentDate }));
      equal([error instanceof TouchstoneError, error.reason], [true, "fetch_failed"], String(error));
    },
    "discover": async () => {
      const metadata = JSON.stringify({ issuer: claims.iss, jwks_uri: jwksUri });
      const url = `${claims.iss}/.well-known/openid-configuration`;
      const { fetch, requests } = provider({ [url]: metadata, [jwksUri]: jwks });
      const verifier = createVerifier({ discover: claims.iss, audience: claims.aud, remote: { fetch } });
      equal((await verifier.verify(token, { currentDate })).payload.sub, claims.sub);
      equal(requests, [url, jwksUri]);
      const remote = await discover(claims.iss, { fetch });
      equal((await verify(token, remote, { currentDate })).payload.sub, claims.sub);
    },
  };
}
