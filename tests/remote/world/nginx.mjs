// nginx as a publisher of one file: ETag, Last-Modified and Cache-Control, as its users have them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../free-port.mjs";

const configuration = (port, maxAge) => `
daemon off;
master_process off; # it runs as whoever runs the test
error_log stderr;
pid pid;
events {}
http {
  log_format statuses escape=none '$status $http_if_none_match';
  access_log access.log statuses;
  types { application/jwk-set+json json; }
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`).join(" ")}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate good.pem;
    ssl_certificate_key good.key;
    root public;
    add_header Cache-Control "max-age=${maxAge}";
  }
}
`;

async function waitUntilItListens(port, child) {
  for (let tries = 0; tries < 100 && child.exitCode === null; tries += 1) {
    const socket = connect(port, "127.0.0.1");
    const isThere = await once(socket, "connect").then(() => true, () => false);
    socket.destroy();
    if (isThere) return;
    await sleep(50);
  }
  throw new Error(`nginx does not listen; it ended with ${child.exitCode}`);
}

/** Starts it with a certificate; `publish()` before you ask. `maxAge` in seconds. */
export async function startNginx({ leaf, maxAge }) {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-nginx-"));
  const path = (...names) => join(folder, ...names);
  const port = await freePort();
  writeFileSync(path("nginx.conf"), configuration(port, maxAge));
  writeFileSync(path("good.pem"), leaf.cert);
  writeFileSync(path("good.key"), leaf.key);
  mkdirSync(path("public"));
  const child = spawn("nginx", ["-p", folder, "-c", "nginx.conf", "-e", "stderr"], { stdio: ["ignore", "ignore", "inherit"] });
  const ended = once(child, "close");
  await waitUntilItListens(port, child);

  let version = 0;
  return {
    jwksUri: `https://localhost:${port}/jwks.json`,
    /** Replaces the file at once, with another time: nginx makes the ETag of time and size. */
    publish(jwks) {
      writeFileSync(path("new"), JSON.stringify(jwks));
      version += 1;
      utimesSync(path("new"), 1.7e9 + version, 1.7e9 + version);
      renameSync(path("new"), path("public", "jwks.json"));
    },
    /** Of each request so far: `{ status, ifNoneMatch }`, the latter empty when there was none. */
    async requests() {
      await sleep(50); // it answers first and logs then
      const lines = readFileSync(path("access.log"), "utf8").trim().split("\n");
      return lines.map((line) => ({ status: Number(line.slice(0, 3)), ifNoneMatch: line.slice(4) }));
    },
    async stop() {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
