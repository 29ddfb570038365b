// JSON texts that a strict reader refuses and a careless one takes, for headers, payloads and sets alike.
// `members` is the inside of an object that would be right: "a":1,"b":2

const escaped = (name) => `\\u${name.charCodeAt(0).toString(16).padStart(4, "0")}${name.slice(1)}`;
const upperEscaped = (name) => [...name].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`).join("");

/** A name twice: each of `again` is [name, value]; also spelled with escapes, and further down. */
export function* duplicates(members, ...again) {
  for (const [name, value] of again) {
    const isNew = !members.includes(`"${name}":`);
    const first = isNew ? `${members},"${name}":${value}` : members;
    yield [`${name}: ${value} behind`, `{${first},"${name}":${value}}`];
    yield [`${name}: ${value} in front`, `{"${name}":${value},${first}}`];
    yield [`${name}: ${value}, escaped`, `{${first},"${escaped(name)}":${value}}`];
    yield [`${name}: ${value}, escaped in front`, `{"${escaped(name)}":${value},${first}}`];
    yield [`${name}: ${value}, all escaped`, `{${first},"${upperEscaped(name)}":${value}}`];
  }
  yield ["an unknown name", `{${members},"x":1,"x":1}`];
  yield ["an unknown name, escaped", `{${members},"x":1,"\\u0078":2}`];
  yield ["the empty name", `{${members},"":1,"":1}`];
  yield ["__proto__", `{${members},"__proto__":1,"__proto__":1}`];
  yield ["a name with NUL", `{${members},"a\\u0000":1,"a\\u0000":1}`];
  yield ["a name beyond the first plane", `{${members},"\u{1f600}":1,"\\ud83d\\ude00":1}`];
  yield ["a slash and its escape", `{${members},"a/b":1,"a\\/b":1}`];
  yield ["within an object", `{${members},"x":{"a":1,"a":2}}`];
  yield ["within an object, escaped", `{${members},"x":{"a":1,"\\u0061":2}}`];
  yield ["within an object in a list", `{${members},"x":[1,{"a":1,"b":2,"a":3}]}`];
  yield ["within an object in a list under the empty name", `{${members},"":[{"a":1,"a":2}]}`];
  yield ["deep down", `{${members},"x":{"x":{"x":{"a":1,"a":2}}}}`];
  yield ["across a list", `{${members},"x":{"a":[{"b":1}],"a":1}}`];
}

const bytes = (...parts) => Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));

// What is no UTF-8 (RFC 3629), each as the inside of a string.
const invalidUtf8 = {
  "a continuation alone": [0x80],
  "0xff": [0xff],
  "0xfe": [0xfe],
  "an overlong slash": [0xc0, 0xaf],
  "an overlong NUL": [0xc0, 0x80],
  "an overlong slash of three": [0xe0, 0x80, 0xaf],
  "an overlong slash of four": [0xf0, 0x80, 0x80, 0xaf],
  "a high surrogate": [0xed, 0xa0, 0x80],
  "a low surrogate": [0xed, 0xbf, 0xbf],
  "a pair of surrogates": [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
  "above U+10FFFF": [0xf4, 0x90, 0x80, 0x80],
  "five bytes": [0xf8, 0x88, 0x80, 0x80, 0x80],
  "two of three bytes": [0xe2, 0x82],
  "three of four bytes": [0xf0, 0x9f, 0x98],
  "Latin-1": [0xe9],
};

/** Not one strict JSON object in UTF-8 (RFC 8259). */
export function* brokenObjects(members) {
  const object = `{${members}}`;
  const within = (text) => `{${members},"x":${text}}`;
  for (const [name, sequence] of Object.entries(invalidUtf8)) {
    yield [`${name} in a string`, bytes(`{${members},"x":"`, sequence, `"}`)];
    yield [`${name} in a name`, bytes(`{${members},"`, sequence, `":1}`)];
    yield [`${name} behind`, bytes(object, sequence)];
  }
  for (const escape of ["\\ud800", "\\udc00", "\\udfff", "\\ud800x", "\\ud800\\u0041", "\\ude00\\ud83d", "\\ud83d\\ud83d\\ude00", "\\ud83d\\n"]) {
    yield [`lone surrogate ${escape}`, within(`"${escape}"`)];
    yield [`lone surrogate ${escape} in a name`, `{${members},"${escape}":1}`];
  }
  yield ["a byte-order mark", bytes([0xef, 0xbb, 0xbf], object)];
  yield ["two byte-order marks", bytes([0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf], object)];
  yield ["a byte-order mark behind", bytes(object, [0xef, 0xbb, 0xbf])];
  yield ["UTF-16", Buffer.from(object, "utf16le")];
  yield ["UTF-16 with its mark", bytes([0xff, 0xfe], Buffer.from(object, "utf16le"))];
  yield ["UTF-16, big-endian", bytes([0xfe, 0xff], Buffer.from(object, "utf16le").swap16())];
  for (const behind of ["x", "{}", object, "]", "}", ",", "\0", " \0", "\x1a", "//", "/**/", "#", "1", '"', "null"]) {
    yield [`${JSON.stringify(behind)} behind`, object + behind];
  }
  for (const front of ["\0", "x", ",", "/**/", "//\n", "\v", "\f", "\u00a0", ")]}',\n", "while(1);", "\ufeff"]) {
    yield [`${JSON.stringify(front)} in front`, front + object];
  }
  for (const text of ["", " ", "null", "true", "0", "1", '""', '"text"', "[]", `[${object}]`, "undefined", "NaN", JSON.stringify(object)]) {
    yield [`instead of an object: ${text.slice(0, 20)}`, text];
  }
  const values = [
    ..."01 -01 +1 1. .5 - 1e 1e+ 0x10 1_000 Infinity -Infinity NaN undefined True TRUE nul nullx".split(" "),
    ...["1 2", "'text'", "`text`", '"', '"a', '"\\x41"', '"\\u12"', '"\\u00g0"', '"\\', '"\n"', '"\t"', '"\0"', '"\x1f"', "[1,]", "[,1]", "[1 2]", "[1", "{", '{"a"}', '{"a":}', '{"a":1,}', "{,}", "{a:1}", "{'a':1}", '{1:1}', "{null:1}", "", ":", "1/**/", "/**/1", "1//"],
    // What has no finite double has no meaning here.
    ...["1e400", "-1e400", "1E+309", "123456789e999999999"],
  ];
  for (const value of values) yield [`value ${JSON.stringify(value)}`, within(value)];
  yield ["a comma behind", `{${members},}`];
  yield ["a comma in front", `{,${members}}`];
  yield ["two commas", `{${members},,"x":1}`];
  yield ["a semicolon", `{${members};"x":1}`];
  yield ["an equals sign", `{${members},"x"=1}`];
  yield ["no quotes", `{${members},x:1}`];
  yield ["single quotes", object.replaceAll('"', "'")];
  yield ["not closed", object.slice(0, -1)];
  yield ["not opened", object.slice(1)];
  yield ["a comment", `{/* */${members}}`];
  yield ["a comment to the line's end", `{${members}//\n}`];
  yield ["a NUL within", `{${members}\0}`];
  yield ["a vertical tab within", `{${members}\v}`];
  yield ["a no-break space within", `{${members}\u00a0}`];
}

/** Strict JSON, however unusual: must be taken, and do no harm. */
export function* harmlessObjects(members) {
  const within = (name, value) => `{${members},${JSON.stringify(name)}:${value}}`;
  yield ["__proto__", within("__proto__", '{"isAdmin":true}')];
  yield ["__proto__: null", within("__proto__", "null")];
  yield ["__proto__ within", within("x", '{"__proto__":{"isAdmin":true}}')];
  yield ["constructor", within("constructor", '{"prototype":{"isAdmin":true}}')];
  yield ["prototype", within("prototype", "{}")];
  for (const name of ["toString", "valueOf", "hasOwnProperty", "toJSON", "then", "length", "__defineGetter__", ""]) {
    yield [`the name ${JSON.stringify(name)}`, within(name, "1")];
  }
  yield ["white space", ` \t\r\n{ ${members.replaceAll(",", " ,\n\t")} } \r\n`];
  yield ["a pair of surrogates", within("x", '"\\ud83d\\ude00"')];
  yield ["U+10FFFF", within("x", '"\u{10ffff}"')];
  yield ["an escaped NUL", within("x", '"a\\u0000b"')];
  yield ["a byte-order mark in a string", within("x", '"\ufeff"')];
  yield ["U+2028 and U+2029", within("x", '"\u2028\u2029"')];
  yield ["an escaped slash", within("x", '"\\/"')];
  yield ["numbers", within("x", "[0,-0,1e-400,1.5E+3,12345678901234567890,-12345678901234567890,1e308]")];
  yield ["names that differ in case", `{${members},"x":1,"X":1}`];
  yield ["names that differ by NUL", `{${members},"x":1,"x\\u0000":1}`];
  yield ["names that differ in form", `{${members},"\u00e9":1,"e\u0301":1}`];
  yield ["the same name in two objects", `{${members},"x":[{"a":1},{"a":1}],"y":{"a":1}}`];
}
