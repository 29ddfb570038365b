// A million calls with good and bad tokens, in which the module's memory must not grow after the first ten
// thousand: `node tests/js/memory.mjs [CALLS]`.
import { createVerifier, decode, explain, KeySet, TouchstoneError, verifyJwsSync, verifySync } from "touchstone";
import { core } from "../../dist/internals.js";
import { accepting, base64url, claims, currentDate, json, jwksOf, jwtOf, now } from "./support.mjs";

const calls = Number(process.argv[2] ?? 1_000_000);
const settled = 10_000;
if (!(calls > settled)) throw new Error(`more than ${settled} calls are needed`);
const memory = () => core().wasm.memory.buffer.byteLength;

const hmac = jwksOf("HS256");
const mixed = jwksOf("RS256", "ES256", "PS256");
const hmacSet = KeySet.parse(hmac);
const options = accepting("HS256");
const verifier = createVerifier({ jwks: hmac, issuer: claims.iss, audience: "api", ...options });
const good = jwtOf("HS256");
const tampered = `${good.slice(0, -2)}${good.endsWith("AA") ? "BB" : "AA"}`;
const expired = jwtOf("HS256", { exp: now - 1 });
const elsewhere = jwtOf("HS256", { ...claims, aud: "other" });
const none = `${json({ alg: "none" })}.${json(claims)}.`;
const deep = jwtOf("HS256", `{"a":${"[".repeat(1000)}${"]".repeat(1000)}}`);
const long = jwtOf("HS256", { text: "é".repeat(15_000), exp: now + 1 });
const huge = "a".repeat(100_000);
const named = (i) => ({ keys: [{ kty: "oct", k: base64url(`${i}`.padEnd(32)), kid: "HS256" }] });

// What most calls are: cheap ones, good and bad by turns.
const usual = [
  () => hmacSet.verifySync(good, options),
  () => hmacSet.verifySync(tampered, options),
  () => verifier.verifySync(good),
  () => verifier.verifySync(elsewhere),
  () => hmacSet.verifySync(expired, options),
  () => hmacSet.verifySync(none, options),
  () => hmacSet.verifySync("", options),
  () => hmacSet.verifySync(good.slice(0, 50), options),
  () => hmacSet.verifySync(`${good}=`, options),
  () => decode(tampered),
];
// What one call in a hundred is: dear, or large, or through the caches.
const unusual = [
  () => verifySync(jwts.RS256, mixed, { currentDate }),
  () => verifySync(jwts.ES256, mixed, { currentDate }),
  () => verifySync(jwts.PS256, mixed, { currentDate }),
  () => explain(tampered, hmac, options),
  () => verifyJwsSync(`${json({ alg: "HS256" })}..AAAA`, hmac, { algorithms: ["HS256"], payload: "é" }),
  () => hmacSet.verifySync(deep, options),
  () => hmacSet.verifySync(long, options),
  () => hmacSet.verifySync(huge, options),
  (i) => verifySync(good, named(i), options),
  (i) => verifySync(good, hmac, { ...options, maxTokenSize: 1000 + i }),
  () => KeySet.parse(mixed).dispose(),
  () => KeySet.parse('{"keys":[{"kty":"oct"},5,{"kty":"RSA","n":"AA"}]}').dispose(),
  () => verifySync(good, "{", options),
  () => verifySync(good, hmac, { unknown: 1 }),
];
const jwts = Object.fromEntries(["RS256", "ES256", "PS256"].map((alg) => [alg, jwtOf(alg)]));

let accepted = 0;
let refused = 0;
let before;
const since = performance.now();
for (let i = 0; i < calls; i++) {
  if (i === settled) before = memory();
  const call = i % 100 === 99 ? unusual[Math.floor(i / 100) % unusual.length] : usual[i % usual.length];
  try {
    call(i);
    accepted++;
  } catch (error) {
    if (!(error instanceof TouchstoneError)) throw error;
    refused++;
  }
}
const seconds = (performance.now() - since) / 1000;
const after = memory();
const MiB = (size) => `${(size / 2 ** 20).toFixed(2)} MiB`;
console.log(`${calls} calls in ${seconds.toFixed(1)} s: ${accepted} accepted, ${refused} refused`);
console.log(`WASM memory after ${settled}: ${MiB(before)}, at the end: ${MiB(after)}`);
const passed = after === before && accepted > calls / 4 && refused > calls / 4;
console.log(passed ? "1 passed, 0 failed" : "0 passed, 1 failed");
process.exitCode = passed ? 0 : 1;
