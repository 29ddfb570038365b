// Unpacks tests/vectors/**/*.gz into build/vectors and copies the rest, for the native tests, which have no
// gzip: `node js/tools/unpack-vectors.mjs`. Files that are up to date are left alone.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { root } from "./steps.mjs";

const from = join(root, "tests", "vectors");
const to = join(root, "build", "vectors");
for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const source = join(entry.parentPath ?? entry.path, entry.name);
  const packed = source.endsWith(".gz");
  const target = join(to, source.slice(from.length)).replace(/\.gz$/, "");
  if (existsSync(target) && statSync(target).mtimeMs >= statSync(source).mtimeMs) continue;
  mkdirSync(dirname(target), { recursive: true });
  const bytes = readFileSync(source);
  writeFileSync(target, packed ? gunzipSync(bytes) : bytes);
}
