// npm jose, over WebCrypto.
import { createLocalJWKSet, importJWK, jwtVerify } from "jose";

export const name = "jose";
export const takesSets = (alg) => !alg.startsWith("HS"); // its sets hold no secrets

export function hot({ alg, jwk, jwks, issuer, audience }) {
  const options = { issuer, audience, algorithms: [alg] };
  const key = takesSets(alg) ? createLocalJWKSet(JSON.parse(jwks)) : importJWK(jwk, alg);
  let imported;
  return async (token) => {
    imported ??= await key; // once: a promise less for each token
    return (await jwtVerify(token, imported, options)).payload;
  };
}
