// npm aws-jwt-verify. It wants the address of a set; that address is never asked, since it gets the set itself.
import { JwtVerifier } from "aws-jwt-verify";

export const name = "aws-jwt-verify";
export const takesSets = () => true;

export function hot({ jwks, issuer, audience }) {
  const jwksUri = "https://id.example/jwks.json";
  const verifier = JwtVerifier.create({ issuer, audience, jwksUri });
  verifier.cacheJwks(JSON.parse(jwks));
  return (token) => verifier.verifySync(token);
}
