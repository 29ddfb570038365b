// Each line that ends in a code is refused by the compiler with that code; no other line is.
import { createVerifier, decode, KeySet, TouchstoneError, verify, verifyJws, verifySync } from "touchstone";
import { createIssuer, memoryStore, publicJwks, rotate, SigningKey, type KeyRing, type PublicJwkSet } from "touchstone/issuer";
import { addressOf } from "touchstone"; // TS2305
import { core } from "touchstone/dist/instance.js"; // TS2307

const jwks = { keys: [] };
declare const bytes: Uint8Array;

verifySync("a.b.c"); // TS2554
verifySync(bytes, jwks); // TS2345
verifySync("a.b.c", 42); // TS2345
verifySync("a.b.c", Promise.resolve(jwks)); // TS2345
verifySync("a.b.c", jwks, { algorithm: "ES256" }); // TS2561
verifySync("a.b.c", jwks, { algorithms: "ES256" }); // TS2322
verifySync("a.b.c", jwks, { issuer: /example/ }); // TS2322
verifySync("a.b.c", jwks, { currentDate: Date.now() }); // TS2322
verifyJws("a.b.c", jwks, { issuer: "https://id.example" }); // TS2353
createVerifier({ jwks, issuer: "https://id.example" }); // TS2345
createVerifier({ jwks, issuer: "https://id.example", audience: undefined }); // TS2322
createVerifier({ jwks, issuer: null, audience: null }).verifySync("a.b.c", { audience: "api" }); // TS2353
createVerifier({ jwks, issuer: null, audience: null }).verifySync("a.b.c", { nonce: undefined }); // TS2379
new KeySet(); // TS2673
decode("a.b.c").payload; // TS2339
verify("a.b.c", jwks).payload; // TS2339
verifySync("a.b.c", jwks).payload.sub.length; // TS2532
verifySync("a.b.c", jwks).key.kid = "mine"; // TS2540
declare const error: TouchstoneError;
error.reason === "expired"; // TS2367
declare const ring: KeyRing;
publicJwks(ring).keys[0]!.d; // TS2339
const leaked: PublicJwkSet = { keys: [SigningKey.generate("ES256").exportPrivateJwk()] }; // TS2322
createIssuer({ issuer: "https://id.example", store: memoryStore() }); // TS2741
new SigningKey(); // TS2673
rotate(ring, { rotateEvery: "30 days" }); // TS2322
export { addressOf, core, leaked };
