// Touchstone's own package, as `npm run build` makes it.
import { KeySet, createVerifier, verifySync } from "../../../dist/index.js";

export const policy = ({ alg, issuer, audience }) => ({
  issuer,
  audience,
  ...(alg.startsWith("HS") ? { algorithms: [alg] } : {}), // HMAC must be asked for by name
});

export const name = "touchstone";
/** Nothing of it is anywhere else: its keys are in the module's memory. */
export const isInHeap = true;
export const takesSets = () => true;

export function hot(given, options = {}) {
  const verifier = createVerifier({ jwks: given.jwks, ...policy(given), ...options });
  return (token) => verifier.verifySync(token).payload;
}

export function cold(given) {
  const options = policy(given);
  return (token) => {
    const keySet = KeySet.parse(given.jwks);
    const { payload } = verifySync(token, keySet, options);
    keySet.dispose(); // no garbage collector comes by in a tight loop
    return payload;
  };
}

/** For the memory of keys: a set, and verification with it; a key that was left out would weigh nothing. */
export const hold = (given) => {
  const looked = KeySet.parse(given.jwks); // another, since to look is to have descriptions made
  const [skipped] = looked.skipped;
  looked.dispose();
  if (skipped) throw new Error(`Skipped: ${skipped.reason}`);
  const keySet = KeySet.parse(given.jwks);
  const options = policy(given);
  return (token) => keySet.verifySync(token, options).payload;
};
