// The example for nginx in the real nginx: between a client that may be hostile and an application that
// believes what it is told of the token.
import { spawn } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../free-port.mjs";

const example = new URL("../../native/examples/nginx-auth-request/nginx.conf", import.meta.url);
const issuer = "https://id.example";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "1", alg: "ES256" }] };
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
function tokenOf(claims) {
  const all = { iss: issuer, aud: "api", exp: 4102444800, ...claims };
  const input = `${base64url({ alg: "ES256", kid: "1" })}.${base64url(all)}`;
  const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

async function listen(handler) {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: server.address().port, close: () => server.close().closeAllConnections() };
}

async function until(what, isThere) {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await isThere()) return;
    await sleep(50);
  }
  throw new Error(`${what} does not come`);
}

const listens = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true) ?? socket.destroy());
    socket.on("error", () => resolve(false));
  });

/** The example's server and nginx, with its keys at this URL; `get(fields)` asks them. */
async function start(program, jwksUri, application) {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-auth-"));
  const port = await freePort();
  const socket = join(folder, "auth.sock");
  const server = readFileSync(example, "utf8")
    .replace("127.0.0.1:8080", `127.0.0.1:${port}`)
    .replace("127.0.0.1:3000", `127.0.0.1:${application}`)
    .replace("/run/touchstone-auth.sock", socket);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; error_log error.log; pid pid; events {}
http { access_log off; ${temporary.map((name) => `${name}_temp_path ${name};`).join(" ")}
${server}}`,
  );
  const children = [
    spawn(program, [socket, jwksUri, issuer, "api"], { stdio: ["ignore", "ignore", "pipe"] }),
    spawn("nginx", ["-p", folder, "-c", "nginx.conf", "-e", "error.log"], { stdio: "ignore" }),
  ];
  let log = "";
  children[0].stderr.on("data", (data) => (log += data));
  const ended = children.map((child) => once(child, "close"));
  await until("the server", () => existsSync(socket));
  await until("nginx", () => listens(port));
  return {
    async get(headers, path = "/") {
      const asked = request({ port, path, headers, agent: false }).end();
      const [response] = await once(asked, "response");
      response.resume();
      await once(response, "end");
      return { status: response.statusCode, challenge: response.headers["www-authenticate"] };
    },
    log: () => log,
    async stop() {
      for (const child of children) child.kill();
      await Promise.all(ended);
      rmSync(folder, { recursive: true });
    },
  };
}

/** What the application was told of the token; nothing when that is no JSON. */
function claimsOf(headers) {
  try {
    return JSON.parse(headers["x-token-claims"]);
  } catch {
    return {};
  }
}

/** Tells `check(title, passed)` of everything that was seen. */
export async function tryNginx(program, check) {
  const seen = [];
  const stops = [];
  try {
    await tryAll(program, check, seen, stops);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function tryAll(program, check, seen, stops) {
  const application = await listen((asked, answer) => {
    seen.push(asked.headers);
    answer.end();
  });
  stops.push(application.close);
  const provider = await listen((_, answer) => {
    answer.setHeader("content-type", "application/jwk-set+json");
    answer.end(JSON.stringify(jwks));
  });
  stops.push(provider.close);
  const world = await start(program, `http://127.0.0.1:${provider.port}/jwks`, application.port);
  stops.push(world.stop);
  const bearer = (token) => ({ authorization: `Bearer ${token}` });
  const good = tokenOf({ sub: "ada" });
  const refused = async (headers, challenge, path) => {
    const before = seen.length;
    const answer = await world.get(headers, path);
    return answer.status === 401 && answer.challenge === challenge && seen.length === before;
  };
  const invalid = 'Bearer error="invalid_token"';

  const passed = await world.get({ ...bearer(good), "x-token-claims": '{"sub":"root"}' });
  const [first] = seen;
  check("nginx: a good token reaches the application", passed.status === 200 && seen.length === 1);
  check("nginx: with its claims, not with the client's", claimsOf(first).sub === "ada");
  check("nginx: and without the token", first?.authorization === undefined);

  const hostile = "ada\r\nX-Admin: 1\u0000\u2028Ä";
  const escaped = await world.get(bearer(tokenOf({ sub: hostile })));
  const last = seen.at(-1);
  check(
    "nginx: a claim stays within its header field",
    escaped.status === 200 && last["x-admin"] === undefined && claimsOf(last).sub === hostile,
  );
  const long = "Ä".repeat(2500);
  await world.get(bearer(tokenOf({ sub: long })));
  check("nginx: the longest token that it reads", claimsOf(seen.at(-1)).sub === long);

  check("nginx: no token", await refused({}, "Bearer"));
  check("nginx: another scheme", await refused({ authorization: "Basic YWRhOmFkYQ==" }, "Bearer"));
  check("nginx: an empty token", await refused({ authorization: "Bearer " }, "Bearer"));
  check("nginx: a changed signature", await refused(bearer(`${good.slice(0, -4)}AAAA`), invalid));
  check("nginx: another audience", await refused(bearer(tokenOf({ aud: "other" })), invalid));
  check("nginx: an expired token", await refused(bearer(tokenOf({ exp: 1 })), invalid));
  check("nginx: 7 KB of dots", await refused(bearer(".".repeat(7000)), invalid));
  check("nginx: a token in the query", await refused({}, "Bearer", `/?access_token=${good}`));
  check("nginx: what asks is not to be asked", (await world.get(bearer(good), "/.touchstone")).status === 404);

  const many = await Promise.all(
    Array.from({ length: 100 }, (_, i) => world.get(i % 2 ? bearer(good) : bearer("x"))),
  );
  check("nginx: 100 at once", many.every(({ status }, i) => status === (i % 2 ? 200 : 401)));

  // Nobody listens there: no token is to blame for that.
  provider.close();
  const before = seen.length;
  const alone = await start(program, `http://127.0.0.1:${provider.port}/jwks`, application.port);
  stops.push(alone.stop);
  const failed = await alone.get(bearer(good));
  check(
    "nginx: without keys nobody passes, and nobody is blamed",
    failed.status === 500 && failed.challenge === undefined && seen.length === before && alone.log().includes("could not be fetched"),
  );
}
