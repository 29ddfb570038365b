// Runs the two command lines, the native program and dist/cli.js, over one case: they must print the same bytes
// and leave with the same exit code.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHmac, generateKeyPairSync, sign as signBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const native = process.env.TOUCHSTONE_CLI ?? join(root, "build", "release", "native", "touchstone");
const package_ = process.env.TOUCHSTONE_CLI_JS ?? join(root, "dist", "cli.js");
for (const file of [native, package_]) {
  if (!existsSync(file)) throw new Error(`${file} is not there: npm run build, or npm start, makes it`);
}

/** The two, each as a program and its first arguments. */
export const commandLines = { native: [native], npx: [process.execPath, package_] };

/** A folder of this test file's own, in which the command lines run. */
export const folder = mkdtempSync(join(tmpdir(), "touchstone-cli-"));
after(() => rmSync(folder, { recursive: true }));

export function file(name, content) {
  writeFileSync(join(folder, name), content);
  return name;
}

const environment = (more) => ({ PATH: process.env.PATH, COLUMNS: "80", ...more });

export function runOne([program, ...first], args, { input = "", env } = {}) {
  const { status, signal, stdout, stderr, error } = spawnSync(program, [...first, ...args], {
    cwd: folder,
    env: environment(env),
    input,
    maxBuffer: 1 << 28,
  });
  if (error?.code !== "EPIPE") assert.ifError(error); // it need not read its input to the end
  assert.equal(signal, null);
  return { code: status, out: stdout.toString(), err: stderr.toString() };
}

/** Runs both, compares them, and returns what both say. `same` takes out of an output what may differ. */
export function both(args, { same = (text) => text, ...options } = {}) {
  const [one, other] = Object.values(commandLines)
    .map((commandLine) => runOne(commandLine, args, options))
    .map(({ code, out, err }) => ({ code, out: same(out), err: same(err) }));
  assert.deepEqual(other, one, `dist/cli.js differs from the native program: touchstone ${args.join(" ").slice(0, 200)}`);
  return one;
}

/** A general help without the commands that npx does not have. */
export const withoutIssuer = (text) => text.replaceAll(/^  (keys|sign|serve) .*\n( {14}.*\n)*/gm, "");

/** A message in one line, however it was wrapped. */
export const flat = (text) => text.replaceAll(/\n +/g, " ");

/** What a shell makes of a line in which $TOUCHSTONE stands for one of the command lines. */
export function shell(line, commandLine, env) {
  const quoted = commandLine.map((word) => `'${word}'`).join(" ");
  const { status, stdout, stderr } = spawnSync("bash", ["--norc", "-c", line.replaceAll("$TOUCHSTONE", quoted)], {
    cwd: folder,
    env: environment(env),
    maxBuffer: 1 << 28,
  });
  return { code: status, out: stdout.toString(), err: stderr.toString() };
}

export function bothInShell(line, env) {
  const [one, other] = Object.values(commandLines).map((commandLine) => shell(line, commandLine, env));
  assert.deepEqual(other, one, line);
  return one;
}

// ---- keys and tokens ------------------------------------------------------------------------------

const base64url = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

export const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
export const secret = Buffer.alloc(32, 7);

const signers = {
  RS256: (text) => signBytes("sha256", text, rsa.privateKey),
  ES256: (text) => signBytes("sha256", text, { key: ec.privateKey, dsaEncoding: "ieee-p1363" }),
  HS256: (text) => createHmac("sha256", secret).update(text).digest(),
};

export function token(claims, header = {}) {
  const full = { alg: "ES256", ...header };
  const input = `${base64url(full)}.${base64url(claims)}`;
  return `${input}.${signers[full.alg](Buffer.from(input)).toString("base64url")}`;
}

export const publicJwk = (pair, members) => ({ ...pair.publicKey.export({ format: "jwk" }), ...members });
export const privateJwk = (pair, members) => ({ ...pair.privateKey.export({ format: "jwk" }), ...members });
export const jwks = (...keys) => JSON.stringify({ keys });

export const now = 1_800_000_000; // 2027-01-15T08:00:00Z
export const claims = { iss: "https://id.example", aud: "api", sub: "ada", iat: now - 60, exp: now + 3600 };

export const exampleToken = readFileSync(join(root, "tests/vectors/example/token.jwt"), "utf8").trim();
export const exampleJwks = readFileSync(join(root, "tests/vectors/example/jwks.json"), "utf8");
