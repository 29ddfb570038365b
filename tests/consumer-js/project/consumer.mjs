import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createVerifier, TouchstoneError, verify } from "touchstone";
import { bearerAuth } from "touchstone/fetch";
import { init, verifySync } from "touchstone/module";

const token = readFileSync("token.jwt", "utf8").trim();
const jwks = JSON.parse(readFileSync("jwks.json", "utf8"));

const { payload } = await verify(token, jwks);
const verifier = createVerifier({ jwks, issuer: "https://other.example", audience: null });
const refusal = await verifier.verify(token).catch((error) => error);
if (!(refusal instanceof TouchstoneError)) throw refusal;
const authenticate = bearerAuth({ jwks, issuer: null, audience: "api" });
const jwt = await authenticate(new Request("https://api.example", { headers: { Authorization: `Bearer ${token}` } }));

await init(readFileSync(fileURLToPath(import.meta.resolve("touchstone/core.wasm"))));
console.log(payload.sub, refusal.reason, verifySync(token, jwks).payload.sub, refusal.payload.sub, jwt.payload.sub);
