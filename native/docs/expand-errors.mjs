// Doxygen's filter for a header: puts the rows of errors.def in place of their #include, as enumerators
// that say what they mean, which its own preprocessor does not.
import { readFileSync } from "node:fs";

const text = readFileSync(process.argv[2], "utf8");
const table = new URL("../../core/include/touchstone/errors.def", import.meta.url);
const row = /^TOUCHSTONE_ERROR\((\d+), (\w+), (\w+), "(.*?)", "(.*?)", "(.*?)"\)$/gm;
// In C the enumerators have a prefix.
const name = process.argv[2].endsWith(".h") ? (id, ID) => `TOUCHSTONE_${ID}` : (id) => id;

process.stdout.write(
  text.replace(
    /#define TOUCHSTONE_ERROR.*\n#include <touchstone\/errors.def>\n#undef TOUCHSTONE_ERROR\n/,
    () =>
      [...readFileSync(table, "utf8").matchAll(row)]
        .map(([, number, id, ID, code, section, message]) =>
          `${name(id, ID)} = ${number}, /**< ${message} (${section}); ${code} */\n`)
        .join(""),
  ),
);
