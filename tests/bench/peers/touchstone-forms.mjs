// The other ways to ask Touchstone, to see what each costs.
import { KeySet, createVerifier, verify, verifySync } from "../../../dist/index.js";

const policy = ({ alg, issuer, audience }) => ({ issuer, audience, algorithms: [alg] });

export const forms = {
  "verifier.verifySync(jwt)": (given) => {
    const verifier = createVerifier({ jwks: given.jwks, ...policy(given) });
    return (token) => verifier.verifySync(token).payload;
  },
  "await verifier.verify(jwt)": (given) => {
    const verifier = createVerifier({ jwks: given.jwks, ...policy(given) });
    return async (token) => (await verifier.verify(token)).payload;
  },
  "verifySync(jwt, keySet, options)": (given) => {
    const keySet = KeySet.parse(given.jwks);
    const options = policy(given);
    return (token) => verifySync(token, keySet, options).payload;
  },
  "await verify(jwt, keySet, options)": (given) => {
    const keySet = KeySet.parse(given.jwks);
    const options = policy(given);
    return async (token) => (await verify(token, keySet, options)).payload;
  },
  "await verify(jwt, text, options)": (given) => {
    const options = policy(given);
    return async (token) => (await verify(token, given.jwks, options)).payload;
  },
  "await verify(jwt, object, options)": (given) => {
    const jwks = JSON.parse(given.jwks);
    const options = policy(given);
    return async (token) => (await verify(token, jwks, options)).payload;
  },
};
