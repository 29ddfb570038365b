// The world in which the examples of the guides run: a provider at https://id.example, a token of its, a page's
// location, and servers on whatever port is free. Loaded before each example: see docs.test.mjs.
import { readFile } from "node:fs/promises";
import { Server } from "node:net";
import { SignJWT, exportJWK, generateKeyPair } from "jose";

const issuer = "https://id.example";
const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256", use: "sig" }] };
const documents = {
  [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${issuer}/keys` },
  [`${issuer}/keys`]: jwks,
};
const token = await new SignJWT({ scope: "read write" })
  .setProtectedHeader({ alg: "ES256", kid: "k1" })
  .setIssuer(issuer)
  .setAudience("api")
  .setSubject("ada")
  .setIssuedAt()
  .setExpirationTime("1h")
  .sign(privateKey);

const { fetch } = globalThis;
async function fetchHere(url, init) {
  const { href, pathname, hostname } = new URL(url instanceof Request ? url.url : url);
  if (pathname.endsWith("/core.wasm")) {
    const bytes = await readFile(new URL("../../dist/core.wasm", import.meta.url));
    return new Response(bytes, { headers: { "Content-Type": "application/wasm" } });
  }
  if (hostname === "127.0.0.1") return fetch(url, init);
  const document = documents[href];
  return document ? Response.json(document) : new Response("", { status: 404 });
}

class MemoryCache {
  #entries = new Map();
  match = async (url) => this.#entries.get(url)?.clone();
  put = async (url, response) => void this.#entries.set(url, response);
}

Object.assign(globalThis, { token, jwks, fetch: fetchHere, caches: { default: new MemoryCache() } });
if (process.env.DOCS_LOCATION) globalThis.location = new URL(process.env.DOCS_LOCATION);

const { listen } = Server.prototype;
Server.prototype.listen = function () {
  this.once("listening", () => process.send?.({ port: this.address().port }));
  return listen.call(this, 0, "127.0.0.1");
};
process.on("message", async ({ module }) => {
  if (!module) return;
  // A worker's default export, or a route's GET, answers here what a server would.
  const { default: worker, GET } = await import(module);
  const answer = async (headers) => {
    const handle = GET ?? worker.fetch.bind(worker);
    const response = await handle(new Request("https://api.example/", { headers }), {}, { waitUntil() {} });
    return { status: response.status, text: await response.text() };
  };
  process.send({ good: await answer({ Authorization: `Bearer ${token}` }), none: await answer({}).catch(() => null) });
});
process.send?.({ token });
