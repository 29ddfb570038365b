// Where the compiler knows nothing but the language.
import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors, jwtVerify } from "touchstone/jose";
import type { CryptoKey } from "touchstone/jose";

declare const url: { href: string };
const local = createLocalJWKSet({ keys: [{ kty: "RSA", n: "", e: "AQAB" }] });
const remote = createRemoteJWKSet(url, { [customFetch]: async (to, { headers }) => ({ to, headers }) });
const { payload, key } = await jwtVerify("", Math.random() ? local : remote, { issuer: "i" });
const found: CryptoKey = await local({ alg: "RS256" });
export const all = [payload.sub, key, found.algorithm.name, new errors.JWSInvalid("x").code];
