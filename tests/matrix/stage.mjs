// What all runtimes are given: a project in build/matrix that has installed the one tarball, the suite, and what
// the suite is about.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { root } from "../../js/tools/steps.mjs";
import { b64, signers } from "../agreement/signers.mjs";

export const here = fileURLToPath(new URL(".", import.meta.url));
export const stage = join(root, "build", "matrix");
export const inStage = (...path) => join(stage, ...path);
const read = (path) => readFileSync(join(root, path), "utf8");
const vectors = (path) => JSON.parse(gunzipSync(readFileSync(join(root, "tests/vectors", path))));

export const packageFolder = inStage("node_modules", "touchstone");

/** The file of the package that a name is in a browser, its own names with # included. */
export function entryFile(specifier) {
  const { exports, imports } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  const found = specifier.startsWith("#") ? imports?.[specifier] : exports[specifier.replace(/^touchstone/, ".")];
  if (!found) throw new Error(`the package has no ${specifier}`);
  return found.default.slice(2);
}

/** Packs the package once, installs it, and gives its suites: `{ entry, file, needs, permissions, expected }`. */
export async function setStage() {
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage, { recursive: true });
  const npm = (...args) => execFileSync("npm", [...args, "--silent"], { cwd: root, encoding: "utf8" });
  // Scripts would build once more.
  const tarball = npm("pack", "--ignore-scripts", "--pack-destination", stage).trim().split("\n").at(-1);
  mkdirSync(packageFolder, { recursive: true });
  execFileSync("tar", ["-xzf", inStage(tarball), "-C", packageFolder, "--strip-components=1"]);
  const project = { name: "matrix", private: true, type: "module", dependencies: { touchstone: "*" } };
  writeFileSync(inStage("package.json"), JSON.stringify(project));

  cpSync(join(here, "suite.mjs"), inStage("suite.mjs"));
  cpSync(join(here, "cases"), inStage("cases"), { recursive: true });
  const fixtures = makeFixtures();
  writeFileSync(inStage("fixtures.mjs"), `export const fixtures = ${JSON.stringify(fixtures)};\n`);
  const base64 = readFileSync(join(packageFolder, "dist/core.wasm")).toString("base64");
  writeFileSync(inStage("wasm.mjs"), `export default "${base64}";\n`);

  const suites = [];
  for (const file of readdirSync(join(here, "cases")).sort()) {
    const { entry, needs, permissions = [], cases } = await import(pathToFileURL(inStage("cases", file)));
    const namespace = await import(pathToFileURL(join(packageFolder, entryFile(entry))));
    suites.push({ entry, file, needs, permissions, expected: Object.keys(cases(namespace, fixtures)) });
  }
  return { tarball: inStage(tarball), suites };
}

const largerMlDsa = { "ML-DSA-65": ml_dsa65, "ML-DSA-87": ml_dsa87 };

function signedBy(alg, { keygen, sign }, claims) {
  const { publicKey, secretKey } = keygen(new Uint8Array(32));
  const segment = (value) => b64(JSON.stringify(value));
  const header = segment({ alg, kid: "k1" });
  const signature = b64(sign(Buffer.from(`${header}.${segment(claims)}`), secretKey));
  const [token, tampered] = [claims, { ...claims, sub: "eve" }].map((one) => `${header}.${segment(one)}.${signature}`);
  return { jwks: JSON.stringify({ kty: "AKP", alg, kid: "k1", pub: b64(publicKey) }), token, tampered, options: {} };
}

function makeFixtures() {
  const { now, jwk, wrong } = vectors("tokens.json.gz");
  const es256 = signers.find(({ alg }) => alg === "ES256");
  const signed = Object.fromEntries(signers.map((signer) => [signer.alg, {
    jwks: signer.jwks,
    token: signer.valid,
    tampered: signer.with({ payload: b64(JSON.stringify({ ...signer.claims, sub: "eve" })) }),
    options: signer.options,
  }]));
  for (const [alg, scheme] of Object.entries(largerMlDsa)) signed[alg] = signedBy(alg, scheme, es256.claims);
  signed.ES256.unicode = es256.token(es256.header, { ...es256.claims, name: "Zoë 💎 日本" });
  signed.ES256.large = es256.token(es256.header, { ...es256.claims, text: "x".repeat(100_000) });

  const { hs256_rsa, ...others } = wrong;
  const keys = Object.entries(jwk).map(([kid, members]) => ({ ...members, kid }));
  const { files } = vectors("rfc/rfc_jws_jwk_vectors.json.gz");
  const inline = vectors("rfc/rfc_inline.json.gz").jws.filter((row) => row.jwk.kty === "oct");
  return {
    now: es256.claims.iat + 60,
    claims: es256.claims,
    signed,
    wrong: { now, jwks: { keys }, tokens: { ...others, ...hs256_rsa } },
    jws: {
      rfc7638: { jwk: files["rfc7638_3.1.jwk"], thumbprint: files["rfc7638_3.1.thp"] },
      unencoded: inline.map((row) => ({ jws: row.jws, jwk: row.jwk, payload: row.detached_payload })),
    },
    example: {
      token: read("tests/vectors/example/token.jwt").trim(),
      jwks: read("tests/vectors/example/jwks.json"),
    },
  };
}

/** Where `touchstone/module` gets its module from, as code, and from where `touchstone/url` fetches it. */
export const sources = {
  text: `import base64 from "./wasm.mjs";
const wasm = async () => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
const wasmUrl = \`data:application/wasm;base64,\${base64}\`;`,
  imported: `import module from "touchstone/core.wasm";
const wasm = () => module;
const wasmUrl = undefined;`,
  none: `const wasm = undefined;
const wasmUrl = undefined;`,
};

/** How a program comes by what an entry exports. */
export const loading = {
  import: (specifier) => `import * as namespace from "${specifier}";`,
  require: (specifier) => `import { createRequire } from "node:module";
const namespace = createRequire(import.meta.url)("${specifier}");`,
};

/** Writes a program that runs a suite, a file of the stage. Its `end` says what becomes of `run()`. */
export function writeProgram(path, { file, entry }, { end, source = sources.text, load = loading.import }) {
  const isLoaded = ["touchstone/module", "touchstone/url"].includes(entry);
  const up = relative(dirname(path), ".") || ".";
  const code = `import { runSuite } from "./suite.mjs";
import * as suite from "./cases/${file}";
import { fixtures } from "./fixtures.mjs";
${isLoaded ? source : sources.none}
${load(entry)}
const run = () => runSuite(suite, namespace, { ...fixtures, wasm, wasmUrl });
${end}
`;
  mkdirSync(dirname(inStage(path)), { recursive: true });
  writeFileSync(inStage(path), code.replaceAll('from "./', `from "${up}/`));
  return inStage(path);
}

/** Those of the suites that need no more than a form of a runtime `can`: "compile" bytes, "fetch", be as "Node", have "files". */
export const suitesFor = (suites, can) => suites.filter(({ needs }) => needs.every((need) => can.includes(need)));

/** As a file, the suite's name: `touchstone/module` becomes `module`. */
export const fileNameOf = ({ file }) => file.replace(/\.mjs$/, "");

/** What prints the results, where there is a console. */
export const printing = `console.log(JSON.stringify(await run()));`;
