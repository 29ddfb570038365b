// Takes out of a linked module what Emscripten exports for JavaScript of its own (which differs from version
// to version), and fails when a symbol of exports.txt is not there: `node trim-exports.mjs FILE SYMBOL...`
import { readFileSync, writeFileSync } from "node:fs";

const [file, ...symbols] = process.argv.slice(2);
const bytes = readFileSync(file);
const missing = new Set([...symbols, "memory", "_initialize"]);
const exportSection = 7;

// Numbers in a module are LEB128.
function decode(at) {
  for (let value = 0, shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}
const encode = (value) =>
  value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...encode(Math.floor(value / 0x80))];

function trimmed(at) {
  const kept = [];
  let [count, entry] = decode(at);
  for (; count > 0; count--) {
    const [length, name] = decode(entry);
    const [, end] = decode(name + length + 1); // past the kind
    if (missing.delete(bytes.toString("utf8", name, name + length)))
      kept.push(bytes.subarray(entry, end));
    entry = end;
  }
  return Buffer.concat([Buffer.from(encode(kept.length)), ...kept]);
}

const parts = [bytes.subarray(0, 8)];
for (let at = 8; at < bytes.length;) {
  const [size, body] = decode(at + 1);
  const end = body + size;
  if (bytes[at] === exportSection) {
    const section = trimmed(body);
    parts.push(Buffer.from([exportSection, ...encode(section.length)]), section);
  } else {
    parts.push(bytes.subarray(at, end));
  }
  at = end;
}
if (missing.size > 0) throw new Error(`${file} does not export ${[...missing].join(", ")}`);
writeFileSync(file, Buffer.concat(parts));
