// A PostgreSQL server of our own on a free port of the loopback, in a folder that goes with it.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { which } from "../../js/tools/steps.mjs";
import { freePort } from "../free-port.mjs";
import { makeCertificates } from "../remote/world/certificates.mjs";
import { secrets } from "./probe.mjs";

const password = secrets[1];

/** Debian keeps the server's programs off the PATH, a folder for each version. */
function program(name) {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => b - a) : [];
  const found = versions.map((version) => join(debian, version, "bin", name)).find(existsSync) ?? which(name);
  if (!found) throw new Error(`There is no ${name}: node js/tools/setup.mjs --tests installs PostgreSQL`);
  return found;
}

/** Whom the server runs as: it refuses root. */
function user() {
  if (process.getuid() !== 0) return {};
  const id = (option) => Number(execFileSync("id", [option, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

export async function startPostgres() {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-postgres-"));
  const who = user();
  const certificates = makeCertificates();
  const give = (path, mode) => {
    chmodSync(path, mode);
    if (who.uid !== undefined) chownSync(path, who.uid, who.gid);
    return path;
  };
  const put = (name, text) => {
    writeFileSync(join(folder, name), text);
    return give(join(folder, name), 0o600);
  };
  give(folder, 0o700);
  const data = join(folder, "data");
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: folder,
    ssl_cert_file: put("server.pem", certificates.leaves.good.cert),
    ssl_key_file: put("server.key", certificates.leaves.good.key),
    ssl: "on",
    fsync: "off", // what is killed here is a process, never the machine
  };
  const log = join(folder, "log");
  const options = { ...who, cwd: folder, stdio: "pipe" };
  const passwordFile = put("password", password);
  const login = ["-U", "ada", "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  execFileSync(program("initdb"), ["-D", data, ...login, "--no-sync", "-E", "UTF8", "--locale=C"], options);

  // Its output inherited would keep this process waiting for the server.
  const control = (...more) => execFileSync(program("pg_ctl"), ["-D", data, "-w", ...more], { ...options, stdio: "ignore" });
  const start = (more = {}) => {
    const all = Object.entries({ ...settings, ...more }).map(([name, value]) => `-c ${name}=${value}`);
    control("-l", log, "-o", all.join(" "), "start");
  };
  start();

  const env = { ...process.env, PGPASSWORD: password };
  const connection = ["-h", "127.0.0.1", "-p", `${port}`, "-U", "ada"];
  const command = (database, sql) => [...connection, "-d", database, "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", sql];
  const query = (database, sql) =>
    execFileSync(program("psql"), command(database, sql), { env, encoding: "utf8", stdio: "pipe" }).trim();
  let databases = 0;
  const lockers = new Set();
  const url = (database, { user = "ada", password: given = password, host = "127.0.0.1", at = port, query: more = "" } = {}) =>
    `postgres://${user}:${given}@${host}:${at}/${database}${more}`;

  return {
    port,
    caFile: certificates.caFile,
    strangerFile: join(certificates.folder, "stranger.pem"),
    url,
    query,
    newDatabase() {
      databases += 1;
      query("postgres", `create database keys_${databases}`);
      return `keys_${databases}`;
    },
    /** Holds the table against everybody until it is called. */
    async lockTable(database) {
      const child = spawn(program("psql"), [...connection, "-d", database, "-qAtX"], { env, stdio: ["pipe", "pipe", "inherit"] });
      lockers.add(child);
      child.stdin.write(`begin; lock table touchstone_key_ring; select 'locked';\n`);
      await once(child.stdout, "data");
      return async () => {
        child.stdin.end("rollback;\n");
        await once(child, "close");
      };
    },
    /** fast: in order; immediate: as in a crash. */
    stop: (mode = "fast") => control("stop", "-m", mode),
    start,
    remove() {
      for (const child of lockers) child.kill();
      control("stop", "-m", "immediate");
      certificates.remove();
      rmSync(folder, { recursive: true });
    },
  };
}

/**
 * What stands between a client and the server. shouldCut(data) may say of what comes from the server that the
 * connection is lost just before it; cut() ends those that stand.
 */
export async function startProxy(port) {
  const sockets = new Set();
  const proxy = { shouldCut: () => false };
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket.unref()); // what a failed test leaves keeps nobody from ending
      socket.on("error", () => {}).on("close", () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (data) => upstream.write(data));
    upstream.on("data", (data) => {
      // The server has done what it was asked; nobody hears of it.
      if (proxy.shouldCut(data)) client.destroy();
      else client.write(data);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  server.unref();
  proxy.port = server.address().port;
  proxy.cut = () => sockets.forEach((socket) => socket.destroy());
  proxy.stop = () => {
    proxy.cut();
    server.close();
  };
  return proxy;
}
