import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { base64url, json } from "../support.mjs";
import { agree, flattenedOf, jwkOf, jwsOf, ours } from "./support.mjs";

const key = jwkOf("ES256");
const protectedHeader = { alg: "ES256" };
const payload = base64url("It's a dangerous business, Frodo");
const flattened = flattenedOf("ES256", { protected: protectedHeader, payload });
const text = "Grüße 🌍";
const octets = new TextEncoder().encode(text);
const b64 = { alg: "ES256", b64: false, crit: ["b64"] };
const unencoded = flattenedOf("ES256", { protected: b64, payload: text, signed: octets });

describe("compactVerify", () => {
  const compact = jwsOf("RS256", new Uint8Array([0, 255, 1]), { typ: undefined, x: { y: 1 } });
  const rsa = jwkOf("RS256");
  agree("octets for a payload", (m) => m.compactVerify(compact, rsa), "accepted");
  agree("an empty payload", (m) => m.compactVerify(jwsOf("RS256", ""), rsa), "accepted");
  agree("by a function", (m) => m.compactVerify(compact, () => rsa), "accepted");
  agree("as octets", (m) => m.compactVerify(new TextEncoder().encode(compact), rsa), "accepted");
  agree("options are null", (m) => m.compactVerify(compact, rsa, null), "accepted");
  const [header, body, signature] = compact.split(".");
  const others = ["", ".", "..",
    "...", `${header}.${body}`, `${compact}.`, `.${body}.${signature}`, `${header}.${body}.`, `x${compact}`,
    ...[[], null, "x"].map((value) => `${json(value)}.${body}.${signature}`), `Bearer ${compact}`,
    `"${compact}"`, JSON.stringify(flattened), ` ${JSON.stringify(flattened)}`, `${compact}.a.b`, undefined,
      null, 1, {}, [compact], flattened];
  for (const [i, other] of others.entries()) {
    agree(`what is none: ${i}`, (m) => m.compactVerify(other, rsa));
    agree(`what is no JWT: ${i}`, (m) => m.jwtVerify(other, rsa));
  }
  for (const tampered of [`${header}.${base64url("x")}.${signature}`, `${json({ alg: "RS256" })}.${body}.${signature}`,
    `${json({ alg: "PS256", typ: "JWT", kid: "RS256" })}.${body}.${signature}`, `${header}.${body}.${signature.slice(4)}`,
    `${header}.${body}.${signature}AAAA`, `${header}.${body}.AAAA`]) {
    agree(`tampered with: ${tampered.slice(-20)}`, (m) => m.compactVerify(tampered, jwkOf("RS256", { alg: undefined })));
  }
  const compactB64 = (value) => {
    const { protected: head, signature: made } = flattenedOf("ES256", { protected: b64, payload: value });
    return `${head}.${value}.${made}`;
  };
  for (const value of ["hello", "", "with space {}", "a~b!"]) {
    agree(`b64 false: ${value}`, (m) => m.compactVerify(compactB64(value), key), "accepted");
  }
  agree("b64 false is no JWT", (m) => m.jwtVerify(compactB64("hell"), key), "ERR_JWT_INVALID");
  agree("b64 false, with a dot", (m) => m.compactVerify(compactB64("a.b"), key), "ERR_JWS_INVALID");
  agree("b64 false, beyond ASCII", (m) => m.compactVerify(compactB64("ü"), key), "ERR_JWS_INVALID");
  agree("b64 true", (m) => m.jwtVerify(jwsOf("ES256", {}, { b64: true, crit: ["b64"] }), key), "accepted");
});

describe("crit", () => {
  const token = (header) => jwsOf("ES256", {}, header);
  for (const [name, header, crit] of [
    ["nothing", {}, undefined],
    ["understood", { crit: ["x"], x: 1 }, { x: true }],
    ["understood, protected or not", { crit: ["x"], x: 1 }, { x: false }],
    ["two", { crit: ["x", "y"], x: 1, y: 2 }, { x: true, y: true }],
    ["one of two", { crit: ["x", "y"], x: 1, y: 2 }, { x: true }],
    ["not understood", { crit: ["x"], x: 1 }, undefined],
    ["not this one", { crit: ["x"], x: 1 }, { y: true }],
    ["none need be there", {}, { x: true }],
    ["not there", { crit: ["x"] }, { x: true }],
    ["empty", { crit: [] }, { x: true }],
    ["no array", { crit: "x", x: 1 }, { x: true }],
    ["no strings", { crit: [1], x: 1 }, { x: true }],
    ["null", { crit: null }, { x: true }],
    ["an object's own", { crit: ["toString"], toString: 1 }, {}],
    ["b64 is always understood", { crit: ["b64"], b64: true }, undefined],
    ["b64 is no boolean", { crit: ["b64"], b64: "x" }, undefined],
  ]) {
    agree(name, (m) => m.jwtVerify(token(header), key, { crit }));
    agree(`${name}: a JWS`, (m) => m.compactVerify(token(header), key, { crit }));
  }
  agree("in the unprotected header", (m) =>
    m.flattenedVerify(flattenedOf("ES256", { protected: protectedHeader, header: { crit: ["x"], x: 1 }, payload }),
      key, { crit: { x: true } }), "ERR_JWS_INVALID");
});

describe("flattenedVerify", () => {
  agree("protected", (m) => m.flattenedVerify(flattened, key), "accepted");
  agree("by a function", async (m) => {
    const calls = [];
    const found = (...args) => (calls.push(args), key);
    return [await m.flattenedVerify({ ...flattened, header: { x: 1 } }, found), calls];
  }, "accepted");
  for (const header of [{}, { kid: "k" }, { x: { y: [1] } }, { kid: "k", typ: "x" }]) {
    agree(`protected and unprotected ${JSON.stringify(header)}`, (m) =>
      m.flattenedVerify({ ...flattened, header }, key), "accepted");
  }
  agree("unprotected alone", (m) =>
    m.flattenedVerify(flattenedOf("ES256", { header: { alg: "ES256" }, payload }), key), "accepted");
  agree("unprotected alone, by a function", async (m) => {
    const calls = [];
    const found = (...args) => (calls.push(args), key);
    return [await m.flattenedVerify(flattenedOf("ES256", { header: { alg: "ES256", kid: "k" }, payload }), found),
      calls.map(([head, { header }]) => [head, header])];
  });
  agree("alg in the unprotected one", (m) =>
    m.flattenedVerify(flattenedOf("ES256", { protected: { typ: "x" }, header: { alg: "ES256" }, payload }), key),
    "accepted");
  agree("alg in both", (m) => m.flattenedVerify({ ...flattened, header: { alg: "ES256" } }, key), "ERR_JWS_INVALID");
  agree("no alg", (m) =>
    m.flattenedVerify(flattenedOf("ES256", { protected: { typ: "x" }, payload }), key), "ERR_JWS_INVALID");
  agree("other members", (m) => m.flattenedVerify({ ...flattened, signatures: [], x: 1 }, key), "accepted");
  agree("algorithms", (m) => m.flattenedVerify(flattened, key, { algorithms: ["ES256"] }), "accepted");
  agree("other algorithms", (m) =>
    m.flattenedVerify(flattened, key, { algorithms: ["ES384"] }), "ERR_JOSE_ALG_NOT_ALLOWED");
  for (const member of ["protected", "payload", "signature"]) {
    for (const value of [undefined, null, 1, {}, [], "", "x", "AAAA", true]) {
      if (member === "payload" && value === "x") continue; // no base64url: on the migration page
      agree(`${member}: ${JSON.stringify(value)}`, (m) => m.flattenedVerify({ ...flattened, [member]: value }, key));
    }
  }
  for (const header of [null, 1, "x", [], true]) {
    agree(`header: ${JSON.stringify(header)}`, (m) =>
      m.flattenedVerify({ ...flattened, header }, key), "ERR_JWS_INVALID");
  }
  for (const jws of [undefined, null, 1, "x", [], jwsOf("ES256"), new Uint8Array(3)]) {
    agree(`what is none: ${String(jws).slice(0, 9)}`, (m) => m.flattenedVerify(jws, key), "ERR_JWS_INVALID");
  }
  agree("another payload", (m) =>
    m.flattenedVerify({ ...flattened, payload: base64url("x") }, key), "ERR_JWS_SIGNATURE_VERIFICATION_FAILED");

  agree("b64 false: text", (m) => m.flattenedVerify(unencoded, key), "accepted");
  agree("b64 false: octets", (m) => m.flattenedVerify({ ...unencoded, payload: octets }, key), "accepted");
  agree("b64 false: octets that are no text", (m) => {
    const binary = Uint8Array.from([0, 255, 128, 10]);
    return m.flattenedVerify(flattenedOf("ES256", { protected: b64, payload: binary }), key);
  });
  agree("b64 false: a lone surrogate", (m) =>
    m.flattenedVerify({ ...unencoded, payload: "\ud800" }, key), "ERR_JWS_INVALID");
  agree("b64 false: other octets", (m) =>
    m.flattenedVerify({ ...unencoded, payload: octets.slice(1) }, key), "ERR_JWS_SIGNATURE_VERIFICATION_FAILED");
  agree("b64 false: empty", (m) =>
    m.flattenedVerify(flattenedOf("ES256", { protected: b64, payload: "" }), key), "accepted");
  agree("octets for a payload that is encoded", (m) =>
    m.flattenedVerify({ ...flattened, payload: new TextEncoder().encode(payload) }, key), "ERR_JWS_INVALID");
  agree("octets and no header that can be read", (m) =>
    m.flattenedVerify({ ...flattened, protected: "!", payload: octets }, key), "ERR_JWS_INVALID");
  agree("octets that change meanwhile", async (m) => {
    const changing = octets.slice();
    const verified = m.flattenedVerify({ ...unencoded, payload: changing }, () => key);
    changing.fill(0);
    return verified;
  }, "accepted");
  agree("a header that changes meanwhile", async (m) => {
    const header = { kid: "k" };
    const verified = m.flattenedVerify({ ...flattened, header }, () => ((header.kid = "x"), key));
    return verified;
  }, "accepted");
});

describe("generalVerify", () => {
  const { payload: _, ...es } = flattened;
  const { payload: __, ...hs } = flattenedOf("HS256", { protected: { alg: "HS256" }, header: { kid: "hs" }, payload });
  const { payload: ___, ...ps } = flattenedOf("PS256", { header: { alg: "PS256" }, payload });
  const bad = { ...es, signature: `${es.signature.slice(0, -8)}AAAAAAAA` };
  const keyOf = ({ alg }, { header }) => jwkOf(alg ?? header.alg);
  for (const [name, signatures] of [
    ["one", [es]],
    ["three", [es, hs, ps]],
    ["in another order", [ps, hs, es]],
    ["one that is wrong", [bad, es]],
    ["all wrong", [bad, bad]],
    ["others' alone", [hs, ps]],
    ["none of a known alg", [{ ...es, protected: json({ alg: "x" }) }]],
    ["with crit, and one that is right", [{ protected: json({ alg: "ES256", crit: ["x"], x: 1 }),
      signature: es.signature }, es]],
  ]) {
    agree(name, (m) => m.generalVerify({ payload, signatures }, key));
    agree(`${name}, with a secret`, (m) => m.generalVerify({ payload, signatures }, jwkOf("HS256")));
    agree(`${name}, by a function`, (m) => m.generalVerify({ payload, signatures }, keyOf));
    agree(`${name}, by a function that throws`, (m) =>
      m.generalVerify({ payload, signatures }, () => { throw new Error("x"); }));
    agree(`${name}, algorithms`, (m) => m.generalVerify({ payload, signatures }, keyOf, { algorithms: ["HS256"] }));
    agree(`${name}, with a set`, (m) =>
      m.generalVerify({ payload, signatures }, m.createLocalJWKSet({ keys: [key, jwkOf("PS256")] })));
  }
  for (const [name, jws] of Object.entries({
    undefined: undefined, null: null, text: "x", array: [], "no signatures": { payload },
      "signatures no array": { payload, signatures: {} },
    "no objects": { payload, signatures: [1] }, "no payload": { signatures: [es] },
  })) {
    agree(name, (m) => m.generalVerify(jws, key));
  }
  const { payload: ____, ...plain } = unencoded;
  agree("b64 false", (m) => m.generalVerify({ payload: text, signatures: [plain] }, key), "accepted");
  agree("b64 false, octets", (m) => m.generalVerify({ payload: octets, signatures: [plain] }, key), "accepted");
  agree("b64 is not the same in all", (m) =>
    m.generalVerify({ payload: "abcd", signatures: [es, plain] }, key), "ERR_JWS_INVALID");
});

test("what is larger than it may be is refused unread", async () => {
  const large = jwsOf("ES256", {}, { x: "x".repeat(1 << 20) });
  const [header, , signature] = large.split(".");
  const set = ours.createLocalJWKSet({ keys: [key] });
  await set({ alg: "ES256", kid: "ES256" });
  const parse = mock.method(JSON, "parse");
  try {
    for (const by of [set, key, () => assert.fail("a key was asked for"), 1]) {
      for (const call of [
        () => ours.jwtVerify(large, by),
        () => ours.jwtVerify(large, by, { algorithms: ["RS256"] }),
        () => ours.compactVerify(Buffer.from(large), by),
        () => ours.flattenedVerify({ protected: header, payload, signature }, by),
        () => ours.flattenedVerify({ protected: header, payload: octets, signature }, by),
        () => ours.generalVerify({ signatures: [{ protected: header, signature }], payload }, by),
      ]) {
        await assert.rejects(call, { code: "ERR_JWS_INVALID" });
      }
    }
    const lengths = parse.mock.calls.map(({ arguments: [text] }) => text.length);
    assert.ok(Math.max(...lengths) < 1000, String(Math.max(...lengths)));
  } finally {
    parse.mock.restore();
  }
});
