// The playground as static files in build/playground, for any host: `npm run playground` builds and serves them.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root, StepFailed, step, which } from "../tools/steps.mjs";

const source = join(root, "js", "playground");
export const site = join(root, "build", "playground");
const limit = 150_000; // bytes, gzipped, of everything

/**
 * What the page may do. It fetches from elsewhere only when its user names a set or an issuer; 'self' is for its own
 * core.wasm. A header may say more than a <meta>: who may put the page into a frame.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self' https: http://127.0.0.1:* http://localhost:*",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");
export const policyHeader = `${policy}; frame-ancestors 'none'`;

/** What of wasm/exports.txt the page calls. */
const called = [
  ..."malloc free".split(" "),
  ..."reason code section message".split(" ").map((column) => `touchstone_error_${column}`),
  ..."touchstone_key_set_free touchstone_expectations_free".split(" "),
  ..."key_set_parse key_set_describe expectations_parse decode explain audit".split(" ").map((name) => `bridge_${name}`),
  ..."bridge_well_known_urls bridge_metadata_parse".split(" "),
];

/** Binaryen's optimizer, which comes with Emscripten; not always on the PATH. */
function wasmOpt() {
  const found = which("wasm-opt");
  if (found) return found;
  try {
    const binaryen = execFileSync("em-config", ["BINARYEN_ROOT"], { encoding: "utf8" }).trim();
    return join(binaryen, "bin", "wasm-opt");
  } catch {
    throw new StepFailed("wasm-opt is missing: it comes with Emscripten, as binaryen", 3);
  }
}

/** core.wasm without what the page never calls: the same code, a sixth smaller. */
async function makeModule() {
  const file = join(site, "core.wasm");
  copyFileSync(join(root, "dist", "core.wasm"), file);
  const features = ["simd", "bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals"].map((name) => `--enable-${name}`);
  await step(
    "playground-wasm",
    "Trimming the module",
    `node js/tools/trim-exports.mjs '${file}' ${called.join(" ")} && '${wasmOpt()}' ${features.join(" ")} -Oz '${file}' -o '${file}'` +
      ` && node js/tools/check-wasm.mjs '${file}'`,
  );
}

export async function buildPlayground() {
  if (!existsSync(join(root, "dist", "core.wasm"))) throw new StepFailed("dist/ is missing: npm run build", 2);
  await step("playground-types", "Checking the playground's types", "node_modules/.bin/tsc -p js/playground");
  rmSync(site, { recursive: true, force: true });
  mkdirSync(site, { recursive: true });
  await makeModule();
  await build({
    entryPoints: [join(source, "app.ts"), join(source, "style.css")],
    outdir: site,
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022", "chrome123", "firefox128", "safari17.5"],
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  const page = readFileSync(join(source, "index.html"), "utf8").replace("%POLICY%", policy);
  writeFileSync(join(site, "index.html"), page.replace(/\n+(?=<)/g, "\n"));
  cpSync(join(source, "icon.svg"), join(site, "icon.svg"));
  weigh();
}

/** Says what each file weighs as it goes over the wire. */
function weigh() {
  let sum = 0;
  for (const name of readdirSync(site).sort()) {
    const bytes = readFileSync(join(site, name));
    const gzipped = gzipSync(bytes, { level: 9 }).length;
    sum += gzipped;
    console.log(`  ${name.padEnd(12)} ${`${bytes.length}`.padStart(7)} bytes, ${`${gzipped}`.padStart(6)} gzipped`);
  }
  console.log(`  ${"in all".padEnd(12)} ${"".padStart(7)}        ${`${sum}`.padStart(6)} gzipped`);
  if (sum > limit) throw new StepFailed(`The playground is larger than ${limit} bytes gzipped.`);
}
