// `npm run build`: the npm package in dist/, from the WASM modules and the TypeScript sources.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { setup } from "./setup.mjs";
import { build, main, root, step } from "./steps.mjs";

const dist = join(root, "dist");

// Rewritten only when it changed, so that nothing that watches it starts in vain.
function write(name, bytes) {
  const file = join(dist, name);
  if (!existsSync(file) || !readFileSync(file).equals(Buffer.from(bytes))) writeFileSync(file, bytes);
}

export async function buildPackage() {
  await step("wasm", "Building the WASM modules", build("wasm"));
  mkdirSync(dist, { recursive: true });
  for (const name of ["core.wasm", "cli.wasm"]) {
    const bytes = readFileSync(join(root, "build", "wasm", "wasm", name));
    write(name, bytes);
    console.log(`  ${name}: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzipped`);
  }
  // The module as text: the one form that Node, Deno, Bun, browsers and bundlers load alike.
  const base64 = readFileSync(join(dist, "core.wasm")).toString("base64");
  write("core-wasm-inline.js", `export default "${base64}";\n`);
  write("core-wasm-inline.d.ts", "declare const base64: string;\nexport default base64;\n");

  await step(
    "package",
    "Compiling the package",
    "node js/tools/generate-errors.mjs && node_modules/.bin/tsc -p tsconfig.json",
  );
  chmodSync(join(dist, "cli.js"), 0o755);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await setup();
    await buildPackage();
  });
}
