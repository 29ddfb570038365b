// Refuses a module that imports anything, and prints its size: `node check-wasm.mjs FILE...`
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";

for (const file of process.argv.slice(2)) {
  const bytes = readFileSync(file);
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
  for (const { module, name } of imports) {
    console.error(`${basename(file)} imports ${module}.${name}; see wasm/imports.cpp`);
    process.exitCode = 1;
  }
  const gzipped = gzipSync(bytes, { level: 9 }).length;
  console.log(`${basename(file)}: ${bytes.length} bytes, ${gzipped} gzipped`);
}
