// npm fast-jwt, as it comes: without its cache.
import { createVerifier } from "fast-jwt";

export const name = "fast-jwt";

/** It takes PEM, not a JWK. */
const keyOf = ({ alg, jwk, pem }) => (alg.startsWith("HS") ? Buffer.from(jwk.k, "base64url") : pem);

const verifierOf = ({ alg, issuer, audience }, key, options) =>
  createVerifier({
    key,
    algorithms: [alg],
    allowedIss: issuer,
    allowedAud: audience,
    cache: false,
    ...options,
  });

export const hot = (given, options) => verifierOf(given, keyOf(given), options);
