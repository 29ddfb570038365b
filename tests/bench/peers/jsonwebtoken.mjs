// npm jsonwebtoken, with a KeyObject, so that it need not read PEM for each token.
import { createPublicKey, createSecretKey } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";

export const name = "jsonwebtoken";

export function hot({ alg, jwk, issuer, audience }) {
  const key = alg.startsWith("HS")
    ? createSecretKey(jwk.k, "base64url")
    : createPublicKey({ key: jwk, format: "jwk" });
  const options = { algorithms: [alg], issuer, audience };
  return (token) => jsonwebtoken.verify(token, key, options);
}
