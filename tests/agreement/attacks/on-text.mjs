// The token as text: bits, bytes and segments, with nobody's signature over the change unless it says so.
import { b64, bytesOf } from "../signers.mjs";
import { reasonOf } from "./model.mjs";
import { strideOf } from "./on-signature.mjs";

const judged = (signer, name, token) => ({ name, token, expected: reasonOf(token, signer) });
const malformed = (name, token) => ({ name, token, expected: "token_malformed" });

const withFlippedBit = (bytes, bit) => {
  const flipped = Buffer.from(bytes);
  flipped[bit >> 3] ^= 0x80 >> (bit & 7);
  return flipped;
};

/** Each bit of the header; whether it is then still a header, and which, is the model's to say. */
export function* everyBitOfHeader(signer) {
  const header = bytesOf(signer.segments[0]);
  for (let bit = 0; bit < 8 * header.length; ++bit) {
    yield judged(signer, `bit ${bit}`, signer.with({ header: b64(withFlippedBit(header, bit)) }));
  }
}

/** Each byte of the claims, by one bit. */
export function* everyByteOfPayload(signer) {
  const payload = bytesOf(signer.segments[1]);
  for (let at = 0; at < payload.length; ++at) {
    const changed = withFlippedBit(payload, 8 * at + (at & 7));
    yield { name: `byte ${at}`, token: signer.with({ payload: b64(changed) }), expected: "signature_invalid" };
  }
}

/** Each bit of the text itself, for one algorithm of each family. */
export function* everyBitOfText(signer) {
  if (!["RS256", "PS256", "ES256", "Ed25519", "HS256"].includes(signer.alg)) return;
  const token = Buffer.from(signer.valid);
  for (let bit = 0; bit < 8 * token.length; ++bit) {
    yield judged(signer, `bit ${bit}`, withFlippedBit(token, bit));
  }
}

/** Each beginning and each end of the token. */
export function* everyCut(signer) {
  for (let at = 0; at < signer.valid.length; at += strideOf(signer)) {
    yield judged(signer, `the first ${at}`, signer.valid.slice(0, at));
    if (at > 0) yield judged(signer, `without the first ${at}`, signer.valid.slice(at));
  }
}

/** Each byte that no token has, at its start, at its end, at a dot and within each segment. */
export function* foreignBytes(signer) {
  const token = Buffer.from(signer.valid);
  const dots = [signer.valid.indexOf("."), signer.valid.lastIndexOf(".")];
  const places = { start: 0, header: 4, dot: dots[0], payload: dots[0] + 5, behind: dots[1] + 1, end: token.length };
  for (let byte = 0; byte < 256; ++byte) {
    if (/[A-Za-z0-9_.-]/.test(String.fromCharCode(byte))) continue;
    for (const [place, at] of Object.entries(places)) {
      const mutant = Buffer.concat([token.subarray(0, at), Buffer.of(byte), token.subarray(at)]);
      yield malformed(`byte ${byte} at ${place}`, mutant);
    }
  }
}

export function* foreignTexts(signer) {
  const { valid } = signer;
  const [h, p, s] = signer.segments;
  const standard = (segment) => segment.replaceAll("-", "+").replaceAll("_", "/");
  const padded = (segment) => segment + "=".repeat((4 - (segment.length % 4)) % 4 || 4);
  yield malformed("all padded", [h, p, s].map(padded).join("."));
  for (const pad of ["=", "==", "===", "%3D", "%3d%3d"]) {
    yield malformed(`header ${pad}`, `${h}${pad}.${p}.${s}`);
    yield malformed(`payload ${pad}`, `${h}.${p}${pad}.${s}`);
    yield malformed(`signature ${pad}`, `${h}.${p}.${s}${pad}`);
  }
  for (const space of [" ", "\t", "\n", "\r", "\r\n", "\v", "\f", "\0", "\u00a0", "\u2028", "\u200b", "\ufeff"]) {
    const name = JSON.stringify(space);
    yield malformed(`${name} in front`, space + valid);
    yield malformed(`${name} behind`, valid + space);
    yield malformed(`${name} around the dots`, [h, p, s].join(`${space}.${space}`));
    yield malformed(`${name} every 64`, valid.replace(/.{64}/g, `$&${space}`));
    yield malformed(`${name} in the signature`, `${h}.${p}.${s.slice(0, 8)}${space}${s.slice(8)}`);
  }
  // A signature that has neither - nor _ is the same in both alphabets, so it is given a character of it.
  yield malformed("standard base64", `${h}.${p}.${standard(s).replace(/^([^+/]*)$/, "+$1")}`);
  for (const sign of ["+", "/", ",", ":", "~", "*", "!"]) {
    yield malformed(`${sign} in the header`, `${sign}${h}.${p}.${s}`);
    yield malformed(`${sign} in the signature`, `${h}.${p}.${sign}${s.slice(1)}`);
  }
  yield malformed("percent-encoded dots", [h, p, s].join("%2E"));
  yield malformed("percent-encoded whole", Buffer.from(valid).toString("hex").replace(/../g, "%$&"));
  yield malformed("percent-encoded first letter", `%65${valid.slice(1)}`);
  for (const [name, text] of Object.entries({
    Bearer: `Bearer ${valid}`,
    DPoP: `DPoP ${valid}`,
    quoted: `"${valid}"`,
    "in brackets": `<${valid}>`,
    "two tokens": `${valid},${valid}`,
    "two lines": `${valid}\n${valid}`,
    "a query": `?token=${valid}`,
    "UTF-16": Buffer.from(valid, "utf16le"),
    "a byte-order mark": Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(valid)]),
    "fullwidth dots": [h, p, s].join("\uff0e"),
    "a letter like e": `\u0435${valid.slice(1)}`,
  })) {
    yield malformed(name, text);
  }
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Other spellings of the same bytes: the spare bits of a segment's last character are not zero. */
export function* spellings(segment) {
  const spareBits = { 0: 0, 2: 4, 3: 2 }[segment.length % 4];
  const last = alphabet.indexOf(segment.at(-1));
  for (let bits = 1; bits < 1 << spareBits; ++bits) yield segment.slice(0, -1) + alphabet[last | bits];
}

/** Non-canonical base64url, also where the key's owner signed it as it stands. */
export function* nonCanonical(signer) {
  const wrong = (name, token) => ({ name, token, expected: "token_base64_invalid" });
  const [header, payload] = signer.segments;
  for (const filler of ["", "x", "xx"]) {
    const [h, p, s] = signer
      .token({ ...signer.header, x: filler }, { ...signer.claims, x: filler })
      .split(".");
    const kept = `filler ${filler.length}`;
    for (const other of spellings(h)) {
      yield wrong(`header, ${kept}, ${other.at(-1)}`, `${other}.${p}.${s}`);
      yield wrong(`signed header, ${kept}, ${other.at(-1)}`, `${other}.${p}.${b64(signer.sign(`${other}.${p}`))}`);
    }
    for (const other of spellings(p)) {
      yield wrong(`payload, ${kept}, ${other.at(-1)}`, `${h}.${other}.${s}`);
      yield wrong(`signed payload, ${kept}, ${other.at(-1)}`, `${h}.${other}.${b64(signer.sign(`${h}.${other}`))}`);
    }
    // One character too many makes no byte.
    for (const part of [h, p, s]) {
      if (part.length % 4 === 0) yield wrong(`one more, ${kept}`, [h, p, s].map((other) => (other === part ? `${part}A` : other)).join("."));
    }
  }
  const signature = signer.segments[2];
  for (const other of spellings(signature)) yield wrong(`signature ${other.at(-1)}`, `${header}.${payload}.${other}`);
}

export function* segments(signer) {
  const { valid } = signer;
  const [h, p, s] = signer.segments;
  const jwe = (name, token) => ({ name, token, expected: "jwe_unsupported" });
  for (const [name, token] of Object.entries({
    none: "",
    "one: header": h,
    "one: payload": p,
    two: `${h}.${p}`,
    "two: payload and signature": `${p}.${s}`,
    "a dot": ".",
    "three dots": "...",
    "a dot behind": `${valid}.`,
    "a dot in front": `.${valid}`,
    "two dots within": `${h}..${p}.${s}`,
    "four: signature twice": `${valid}.${s}`,
    "four: payload twice": `${h}.${p}.${p}.${s}`,
    "four: a second header": `${h}.${h}.${p}.${s}`,
    "six: two tokens": `${valid}.${valid}`,
    "five dots": ".....",
    "six: empty ends": `${valid}...`,
    "a thousand dots": ".".repeat(1000),
    "sixty thousand dots": ".".repeat(60_000),
  })) {
    yield malformed(name, token);
  }
  yield jwe("five: empty", "....");
  yield jwe("five: two more", `${valid}.${p}.${s}`);
  yield jwe("five: two empty ones", `${valid}..`);
  yield jwe("a JWE", `${b64('{"alg":"RSA-OAEP","enc":"A256GCM"}')}.${p}.${b64("iv")}.${p}.${b64("tag")}`);
  yield jwe("a JWE, dir", `${b64('{"alg":"dir","enc":"A128CBC-HS256","zip":"DEF"}')}..${b64("iv")}.${p}.${b64("tag")}`);
  yield jwe("a JWE, PBES2", `${b64('{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2c":2147483647,"p2s":"AA"}')}.${p}..${p}.`);
  // Three segments, of which some are empty.
  yield judged(signer, "three: empty", "..");
  yield judged(signer, "no header", `.${p}.${s}`);
  yield judged(signer, "no payload", `${h}..${s}`);
  yield judged(signer, "no signature", `${h}.${p}.`);
  yield judged(signer, "only a header", `${h}..`);
  yield judged(signer, "header and payload exchanged", `${p}.${h}.${s}`);
  yield judged(signer, "payload as header", `${p}.${p}.${s}`);
  yield judged(signer, "signature as payload", `${h}.${s}.${s}`);
  yield { name: "signed empty payload", token: signer.token(signer.header, ""), expected: "payload_json_invalid" };
}

/** A compact token in the JSON serializations, and JSON that a careless reader takes for a compact token. */
export function* jsonSerializations(signer) {
  const { valid } = signer;
  const [h, p, s] = signer.segments;
  const flattened = { protected: h, payload: p, signature: s };
  const forged = b64(JSON.stringify({ ...signer.claims, sub: "eve" }));
  for (const [name, value] of Object.entries({
    flattened,
    general: { payload: p, signatures: [{ protected: h, signature: s }] },
    "no signatures": { payload: p, signatures: [] },
    "no signature": { protected: h, payload: p },
    "a compact token within": { token: valid },
    "a list": [valid],
    text: valid,
    // CVE-2022-39227: what stands before the first dot and after the last is read as header and signature
    "both at once": { [`  ${h}.${forged}.`]: s, ...flattened },
    "both at once, as a value": { x: `.${valid}.`, ...flattened },
  })) {
    yield malformed(name, JSON.stringify(value));
    yield malformed(`${name}, indented`, JSON.stringify(value, null, 2));
  }
  yield malformed("an object around a token", `{"a":"${valid}"`);
  yield malformed("a token, then an object", `${valid}{"a":1}`);
}

/** The limits: 64 KiB for the token unless the caller sets another, 8 KiB for the header, 16 MiB for the caller. */
export function* sizes(signer) {
  const MiB = 1024 * 1024;
  const tooLarge = (name, token, options) => ({
    name,
    token,
    expected: "token_too_large",
    ...(options ? { options: { ...signer.options, ...options } } : {}),
  });
  const ofLength = (length) => {
    // The payload grows by whole groups; the header takes what is left.
    const make = (filler, x) => signer.token({ ...signer.header, x }, { ...signer.claims, filler: "x".repeat(filler) });
    for (let x = ""; x.length < 9; x += "x") {
      const rest = length - make(0, x).length;
      for (let filler = Math.floor((rest * 3) / 4) - 2; filler < (rest * 3) / 4 + 3; ++filler) {
        const token = make(filler, x);
        if (token.length === length) return token;
      }
    }
  };
  yield { name: "64 KiB", token: ofLength(65536), expected: "valid" };
  yield tooLarge("64 KiB and a byte", ofLength(65537));
  yield tooLarge("64 KiB and 2 bytes", ofLength(65538));
  yield tooLarge("64 KiB and 3 bytes", ofLength(65539));
  yield tooLarge("65 KiB of A", "A".repeat(65 * 1024));
  yield tooLarge("65 KiB of dots", ".".repeat(65 * 1024));
  yield tooLarge("65 KiB behind the token", signer.valid + "A".repeat(65 * 1024));
  yield tooLarge("above the caller's limit", signer.valid, { maxTokenSize: signer.valid.length - 1 });
  yield { ...tooLarge("at the caller's limit", signer.valid, { maxTokenSize: signer.valid.length }), expected: "valid" };
  yield tooLarge("the caller allows nothing", signer.valid, { maxTokenSize: 0 });
  yield tooLarge("the caller allows nothing, and there is something", ".", { maxTokenSize: 0 });
  if (signer.alg !== "HS256") return;
  const large = signer.token(signer.header, { ...signer.claims, filler: "x".repeat(10 * MiB) });
  const allowed = { maxTokenSize: 16 * MiB };
  yield tooLarge("10 MiB, signed", large);
  yield tooLarge("10 MiB of A", "A".repeat(10 * MiB));
  yield tooLarge("10 MiB of dots", ".".repeat(10 * MiB));
  yield tooLarge("10 MiB of NUL", Buffer.alloc(10 * MiB));
  yield { ...tooLarge("10 MiB, signed and allowed", large, allowed), expected: "valid" };
  yield { ...tooLarge("10 MiB of dots, allowed", ".".repeat(10 * MiB), allowed), expected: "token_malformed" };
  yield { ...tooLarge("10 MiB of NUL, allowed", Buffer.alloc(10 * MiB), allowed), expected: "token_malformed" };
  const { length } = signer.valid;
  const cut = signer.valid.slice(0, length - 1) + "A".repeat(10 * MiB);
  yield { ...tooLarge("10 MiB of signature, allowed", cut, allowed), expected: reasonOf(cut, signer) };
}
