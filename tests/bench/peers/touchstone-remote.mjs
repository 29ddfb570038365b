// Touchstone with a set that was fetched a moment ago, by its snapshot: no network has a part in this.
import { createRemoteKeySet, createVerifier } from "../../../dist/index.js";
import { hot as local, policy } from "./touchstone.mjs";

const snapshotOf = (jwks) =>
  JSON.stringify({
    version: 1,
    fetchedAt: Date.now() / 1000,
    age: 0,
    cacheControl: "max-age=86400",
    jwks,
  });

export const remote = {
  touchstone: local,
  "touchstone, remote": (given) => {
    const jwks = createRemoteKeySet("https://id.example/jwks", {
      snapshot: snapshotOf(given.jwks),
    });
    const verifier = createVerifier({ jwks, ...policy(given) });
    return (token) => verifier.verifySync(token).payload;
  },
};
