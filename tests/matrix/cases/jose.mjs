import { equal, errorOf } from "../suite.mjs";

export const entry = "touchstone/jose";
export const needs = [];

export function cases(jose, { now, signed, claims, jws }) {
  const { errors, jwtVerify, createLocalJWKSet } = jose;
  const currentDate = new Date(now * 1000);
  const { token, tampered } = signed.ES256;
  const jwks = JSON.parse(signed.ES256.jwks);

  return {
    ...Object.fromEntries(["ES256", "RS256", "PS512", "Ed25519", "ML-DSA-44"].map((alg) => [
      `jwtVerify, ${alg}`,
      async () => {
        const getKey = createLocalJWKSet(JSON.parse(signed[alg].jwks));
        const options = { currentDate, issuer: claims.iss, audience: claims.aud };
        const { payload, protectedHeader } = await jwtVerify(signed[alg].token, getKey, options);
        equal([payload, protectedHeader.alg], [claims, alg]);
      },
    ])),
    "errors are its classes, with their codes": async () => {
      const getKey = createLocalJWKSet(jwks);
      const expired = await errorOf(() => jwtVerify(token, getKey, { currentDate: new Date((claims.exp + 1) * 1000) }));
      equal([expired instanceof errors.JWTExpired, expired.code, errors.JWTExpired.code, expired.claim],
        [true, "ERR_JWT_EXPIRED", "ERR_JWT_EXPIRED", "exp"]);
      const forged = await errorOf(() => jwtVerify(tampered, getKey, { currentDate }));
      equal([forged instanceof errors.JWSSignatureVerificationFailed, forged instanceof errors.JOSEError], [true, true]);
    },
    "importJWK, compactVerify": async () => {
      const key = await jose.importJWK(jwks.keys[0], "ES256");
      const { payload } = await jose.compactVerify(token, key);
      equal(JSON.parse(new TextDecoder().decode(payload)), claims);
    },
    "createRemoteJWKSet": async () => {
      const requests = [];
      const fetch = async (url) => {
        requests.push(String(url));
        return new Response(JSON.stringify(jwks), { headers: { "content-type": "application/json" } });
      };
      const getKey = jose.createRemoteJWKSet(new URL("https://id.example/jwks"), { [jose.customFetch]: fetch });
      for (let i = 0; i < 3; i++) equal((await jwtVerify(token, getKey, { currentDate })).payload.sub, claims.sub);
      equal(requests, ["https://id.example/jwks"]);
    },
    "decodeJwt, decodeProtectedHeader, calculateJwkThumbprint": async () => {
      equal([jose.decodeJwt(token), jose.decodeProtectedHeader(token).alg], [claims, "ES256"]);
      equal(await jose.calculateJwkThumbprint(jws.rfc7638.jwk), jws.rfc7638.thumbprint);
    },
  };
}
