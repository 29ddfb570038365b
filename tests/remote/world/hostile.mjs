// A provider that turns hostile, in as many ways as the table has rows.
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { constants, deflateRawSync } from "node:zlib";

const MiB = 1 << 20;
const jsonType = { "Content-Type": "application/jwk-set+json" };

// ---- ways to answer ----------------------------------------------------------------------------------

const send = (response, text, fields = {}) =>
  response.writeHead(200, { ...jsonType, "Content-Length": Buffer.byteLength(text), ...fields }).end(text);

/** Past Node's server, which would not send what is not HTTP. */
const raw = (response, ...lines) => response.socket.write(lines.join("\r\n"));

/** Byte by byte, each well within any time-out between two of them. */
function drip(response, text) {
  const bytes = text[Symbol.iterator]();
  const timer = setInterval(() => {
    const { value, done } = bytes.next();
    if (!done) response.socket?.write(value);
  }, 20);
  response.on("close", () => clearInterval(timer));
}

/** The same bytes for as long as the client takes them, and no faster. */
async function pour(response, bytes) {
  while (!response.destroyed) {
    if (response.write(bytes)) await new Promise(setImmediate);
    else await Promise.race([once(response, "drain"), once(response, "close")]);
  }
}

const spaces = Buffer.alloc(MiB / 16, " ");

// What ends with a full flush can be repeated: a gigabyte in one megabyte.
const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
const bomb = Buffer.concat([
  gzipHeader,
  ...Array(1024).fill(deflateRawSync(Buffer.alloc(MiB, " "), { finishFlush: constants.Z_FULL_FLUSH })),
]);

const redirectTo = (location) => (response, provider) =>
  response.writeHead(302, { Location: location(provider) }).end();
const elsewhere = ({ elsewhere }) => elsewhere.url;

const text = (of) => (response, provider) => send(response, of(provider));
const deep = (depth) => "[".repeat(depth) + "]".repeat(depth);

const metadata = (members) => (response, provider) =>
  send(response, JSON.stringify({ issuer: provider.issuer, jwks_uri: provider.jwksUri, ...members(provider) }));

// ---- the table ---------------------------------------------------------------------------------------

const staysAway = { cold: "fetch_failed", warm: "serves stale" };
const isLate = { cold: "fetch_timed_out", warm: "serves stale" };

/**
 * Members of a row:
 * answer(response, provider, count)  in place of the good answer; to the count-th request since it is hostile
 * certificate, port                  in place of the good ones: a leaf's name; "closed" or "mute"
 * elsewhere                          where a second server stands that must never be asked: [scheme, address]
 * asks                               "metadata" when the row is about discovery, and nothing else is hostile
 * cold                               "valid", or the reason for which one without a set refuses; by build, where
 *                                    the builds' HTTP clients cannot tell the same
 * warm                               what one does that has the good set, which has two keys:
 *   "serves stale"                   uses it for as long as it may be stale, then refuses for the reason above
 *   "drops a key"                    takes the new set, which has the first key alone
 *   "goes on"                        as before
 * requests                           that the first verification makes of a cold set, when it is not one; by build
 * policy                             beside the test's own
 */
export const rows = [
  // Takes its time.
  { name: "header byte by byte", answer: (response) => drip(response, `HTTP/1.1 200 OK\r\nX: ${"x".repeat(9999)}`), ...isLate },
  {
    name: "body byte by byte",
    answer(response, { jwks }) {
      raw(response, "HTTP/1.1 200 OK", `Content-Length: ${jwks.length}`, "", "");
      drip(response, jwks);
    },
    ...isLate,
  },
  { name: "no answer", answer() {}, ...isLate },
  { name: "no TLS handshake", port: "mute", ...isLate },
  { name: "port closed", port: "closed", requests: 0, ...staysAway },

  // More than anybody should read.
  {
    name: "endless body",
    answer: (response) => pour(response.writeHead(200, jsonType), spaces),
    cold: "jwks_too_large",
    warm: "serves stale",
  },
  {
    name: "Content-Length of 1 GB",
    answer: (response) => pour(response.writeHead(200, { ...jsonType, "Content-Length": 1e9 }), spaces),
    // fetch() shows the fields when it has begun to read.
    cold: { native: "fetch_failed", Node: "jwks_too_large", Deno: "jwks_too_large" },
    warm: "serves stale",
  },
  {
    name: "gzip bomb",
    answer: (response) => response.writeHead(200, { ...jsonType, "Content-Encoding": "gzip" }).end(bomb),
    cold: "jwks_too_large",
    warm: "serves stale",
  },
  {
    name: "100,000 header fields",
    answer: (response, { jwks }) =>
      raw(response, "HTTP/1.1 200 OK", `Content-Length: ${jwks.length}`, ...Array(1e5).fill("X: x"), "", jwks),
    ...staysAway,
  },

  // Less than was promised; what does arrive would do.
  {
    name: "shorter than Content-Length",
    answer(response, { jwks }) {
      raw(response, "HTTP/1.1 200 OK", `Content-Length: ${jwks.length + 10}`, "", jwks);
      response.socket.end();
    },
    ...staysAway,
  },
  {
    name: "chunked body, cut",
    answer(response, { jwks }) {
      raw(response, "HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", jwks.length.toString(16), jwks, "");
      response.socket.end();
    },
    ...staysAway,
  },
  {
    name: "gzip body, cut",
    answer(response, { jwks }) {
      const unfinished = deflateRawSync(jwks.slice(0, -10), { finishFlush: constants.Z_SYNC_FLUSH });
      response.writeHead(200, { ...jsonType, "Content-Encoding": "gzip" });
      response.end(Buffer.concat([gzipHeader, unfinished]));
    },
    // Some take what there is for the whole.
    cold: { native: "jwks_malformed", Node: "jwks_malformed", Deno: "fetch_failed" },
    warm: "serves stale",
  },

  // Sends away.
  {
    name: "redirect to http",
    answer: redirectTo(elsewhere),
    elsewhere: ["http", "127.0.0.1"],
    cold: "fetch_insecure",
    warm: "serves stale",
  },
  {
    name: "redirect to another host",
    answer: redirectTo(elsewhere),
    elsewhere: ["https", "127.0.0.1"],
    cold: "fetch_insecure",
    warm: "serves stale",
  },
  {
    name: "redirect to a private address",
    answer: redirectTo(elsewhere),
    elsewhere: ["https", "127.0.0.2"],
    cold: "fetch_insecure",
    warm: "serves stale",
  },
  { name: "redirect to a file", answer: redirectTo(() => "file:///etc/passwd"), cold: "fetch_insecure", warm: "serves stale" },
  { name: "redirect loop", answer: redirectTo(({ jwksUri }) => jwksUri), requests: 4, ...staysAway },
  {
    name: "redirect to itself, once",
    answer: (response, provider, count) =>
      count % 2 ? redirectTo(({ jwksUri }) => jwksUri)(response, provider) : send(response, provider.jwks),
    requests: 2,
    cold: "valid",
    warm: "goes on",
  },

  // Is not who it says.
  { name: "certificate of an unknown CA", certificate: "unknownAuthority", ...staysAway },
  { name: "certificate expired", certificate: "expired", ...staysAway },
  // curl ends the handshake as it should before it hangs up, and the server has nothing to count.
  { name: "certificate of another host", certificate: "wrongHost", requests: { native: 0, Node: 1, Deno: 1 }, ...staysAway },

  // Answers what is no answer.
  { name: "503", answer: (response) => response.writeHead(503).end(), ...staysAway },
  {
    name: "200 and 503 in turn",
    answer: (response, { jwks }, count) => (count % 2 ? response.writeHead(503).end() : send(response, jwks)),
    cold: "fetch_failed",
    warm: "goes on",
  },
  { name: "204", answer: (response) => response.writeHead(204).end(), ...staysAway },
  { name: "not HTTP", answer: (response) => raw(response, "SSH-2.0-x", ""), ...staysAway },
  {
    name: "a page in HTML",
    answer: (response) => send(response, "<!doctype html><title>Sign in</title>", { "Content-Type": "text/html" }),
    cold: "jwks_malformed",
    warm: "serves stale",
  },
  {
    name: "wrong content type",
    answer: (response, { jwks }) => send(response, jwks, { "Content-Type": "text/html" }),
    cold: "valid",
    warm: "goes on",
  },
  {
    name: "wrong content type, checked",
    answer: (response, { jwks }) => send(response, jwks, { "Content-Type": "text/html" }),
    policy: { checkContentType: true },
    cold: "content_type_mismatch",
    warm: "serves stale",
  },

  // Publishes what is no key set, or another one.
  { name: "empty set", answer: text(() => '{"keys":[]}'), cold: "jwks_no_usable_keys", warm: "serves stale" },
  {
    name: "private keys alone",
    answer: text(({ signers }) => JSON.stringify({ keys: signers.map(({ privateJwk }) => privateJwk) })),
    cold: "jwks_no_usable_keys",
    warm: "serves stale",
  },
  {
    name: "one key private",
    answer: text(({ signers: [a, b] }) => JSON.stringify({ keys: [a.publicJwk, b.privateJwk] })),
    cold: "valid",
    warm: "drops a key",
  },
  {
    name: "one key private, refused",
    answer: text(({ signers: [a, b] }) => JSON.stringify({ keys: [a.publicJwk, b.privateJwk] })),
    policy: { refusePrivateKeys: true },
    cold: "jwks_contains_private_key",
    warm: "serves stale",
  },
  {
    name: "set that shrinks",
    answer: text(({ signers: [a] }) => JSON.stringify({ keys: [a.publicJwk] })),
    cold: "valid",
    warm: "drops a key",
  },
  {
    name: "duplicate name",
    answer: text(({ jwks }) => jwks.replace("{", '{"keys":[],')),
    cold: "jwks_malformed",
    warm: "serves stale",
  },
  {
    name: "deep JSON",
    answer: text(({ jwks }) => jwks.replace("{", `{"x":${deep(1e5)},`)),
    cold: "jwks_too_deep",
    warm: "serves stale",
  },

  // Discovery.
  // In JavaScript discover() brings the set as well.
  {
    name: "metadata as it should be",
    asks: "metadata",
    answer: metadata(() => ({})),
    requests: { native: 1, Node: 2, Deno: 2 },
    cold: "valid",
  },
  {
    name: "metadata of another issuer",
    asks: "metadata",
    answer: metadata(({ issuer }) => ({ issuer: `${issuer}/` })),
    cold: "metadata_issuer_mismatch",
  },
  {
    name: "jwks_uri over http",
    asks: "metadata",
    answer: metadata(({ elsewhere }) => ({ jwks_uri: elsewhere.url })),
    elsewhere: ["http", "127.0.0.1"],
    cold: "jwks_uri_invalid",
  },
  {
    name: "jwks_uri at a private address",
    asks: "metadata",
    answer: metadata(({ elsewhere }) => ({ jwks_uri: elsewhere.url })),
    elsewhere: ["https", "127.0.0.2"],
    cold: "private_address",
  },
  {
    name: "jwks_uri of a file",
    asks: "metadata",
    answer: metadata(() => ({ jwks_uri: "file:///etc/passwd" })),
    cold: "jwks_uri_invalid",
  },
  { name: "metadata not there", asks: "metadata", answer: (response) => response.writeHead(404).end(), cold: "fetch_failed", requests: 2 },
  {
    name: "metadata byte by byte",
    asks: "metadata",
    answer(response) {
      raw(response, "HTTP/1.1 200 OK", "Content-Length: 9999", "", "");
      drip(response, " ".repeat(9999));
    },
    cold: "fetch_timed_out",
  },
  {
    name: "metadata without end",
    asks: "metadata",
    answer: (response) => pour(response.writeHead(200, jsonType), spaces),
    cold: "metadata_too_large",
  },
  {
    name: "metadata that redirects away",
    asks: "metadata",
    answer: redirectTo(elsewhere),
    elsewhere: ["https", "127.0.0.2"],
    cold: "fetch_insecure",
  },
  {
    name: "metadata with a duplicate name",
    asks: "metadata",
    answer: text(({ issuer, jwksUri }) => `{"issuer":"${issuer}","jwks_uri":"${jwksUri}","jwks_uri":"${jwksUri}"}`),
    cold: "metadata_malformed",
  },
  {
    name: "deep metadata",
    asks: "metadata",
    answer: text(({ issuer, jwksUri }) => `{"issuer":"${issuer}","jwks_uri":"${jwksUri}","x":${deep(5000)}}`),
    cold: "metadata_too_deep",
  },
];

// ---- the provider ------------------------------------------------------------------------------------

const listen = (server, port, address) =>
  new Promise((resolve, reject) => server.on("error", reject).listen(port, address, () => resolve(server)));

/** A good answer is a second old at once. */
const good = { "Cache-Control": "max-age=1" };

/**
 * Starts the provider of a row, on loopback: good until `turnHostile()`. `requests` has the time of each that came
 * since it started, in milliseconds of performance.now(); a TLS handshake that the client breaks off counts as one.
 * `countTo(expected)` gives how many they are, when so many have come or two seconds have passed.
 * `elsewhere.requests` is how many came to the second server.
 */
export async function startHostile(row, { certificates, signers }) {
  const jwks = JSON.stringify({ keys: signers.map(({ publicJwk }) => publicJwk) });
  const provider = { jwks, signers, requests: [], isHostile: false };
  let count = 0;
  const answer = (request, response) => {
    provider.requests.push(performance.now());
    const isMetadata = request.url.startsWith("/.well-known/");
    const isRow = row.answer && isMetadata === (row.asks === "metadata");
    if (provider.isHostile && isRow) row.answer(response, provider, ++count);
    else if (isMetadata) metadata(() => ({}))(response, provider);
    else send(response, jwks, good);
  };

  const sockets = new Set();
  const track = (socket) => sockets.add(socket.on("close", () => sockets.delete(socket)));
  const server = createHttpsServer(certificates.leaves.good, answer);
  server.on("tlsClientError", () => provider.requests.push(performance.now()));
  server.on("connection", track);
  await listen(server, 0, "127.0.0.1");
  const { port } = server.address();
  provider.issuer = `https://localhost:${port}`;
  provider.jwksUri = `${provider.issuer}/jwks`;

  const stops = [server];
  if (row.elsewhere) {
    const [scheme, address] = row.elsewhere;
    provider.elsewhere = { requests: 0 };
    const takeIn = (request, response) => {
      provider.elsewhere.requests += 1;
      send(response, jwks);
    };
    const second = scheme === "http" ? createHttpServer(takeIn) : createHttpsServer(certificates.leaves.good, takeIn);
    stops.push(await listen(second, 0, address));
    provider.elsewhere.url = `${scheme}://${address}:${second.address().port}/jwks`;
  }

  provider.turnHostile = async () => {
    provider.isHostile = true;
    if (row.certificate) server.setSecureContext(certificates.leaves[row.certificate]);
    if (row.port) {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    }
    if (row.port === "mute") {
      const mute = createTcpServer((socket) => {
        provider.requests.push(performance.now());
        track(socket.on("error", () => {}));
      });
      stops.push(await listen(mute, port, "127.0.0.1"));
    }
    // A connection that is kept would be a good one still.
    server.closeAllConnections();
  };
  // A client may have given up a handshake before this process has heard of its end.
  provider.countTo = async (expected) => {
    for (let tries = 0; tries < 100 && provider.requests.length < expected; tries += 1) await sleep(20);
    return provider.requests.length;
  };
  provider.stop = () => {
    for (const each of stops) each.close();
    for (const socket of sockets) socket.destroy();
    for (const each of stops) each.closeAllConnections?.();
  };
  return provider;
}
