import assert from "node:assert/strict";
import { createPublicKey, createSecretKey, generateKeyPairSync, KeyObject, webcrypto } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { base64url, claims, json } from "../support.mjs";
import { agree, at, jose, jwkOf, jwsOf, ours, publicAlgorithms } from "./support.mjs";

describe("decodeJwt, decodeProtectedHeader", () => {
  const jwt = jwsOf("ES256");
  const [header, payload, signature] = jwt.split(".");
  const payloads = [payload, json([]), json(null), "!", base64url("{"), base64url(new Uint8Array([0x22, 0xff, 0x22])), "e30"];
  const inputs = [jwt, `${header}.${payload}.AAAA`, `${header}..${signature}`, ...payloads.map((one) => `${header}.${one}.`),
    `${json({ alg: "dir", enc: "A128GCM" })}.a.b.c.d`, `${json({ alg: "none" })}.e30.`, "", ".", "..", "a.b.c",
      "....", ".....", `${header}.a.b.c`, `${header}.a.b.c.d.e`, undefined, null, 1, {}, [],
    { protected: header }, { protected: header, payload: "x" }, { protected: 1 }, { protected: "" },
      { protected: "!" }, { x: 1 }, new Uint8Array(2)];
  for (const [i, input] of inputs.entries()) {
    const isReadable = typeof input !== "string" || !input.startsWith("a.b");
    if (isReadable) agree(`decodeJwt ${i} ${String(input).slice(-10)}`, async (m) => m.decodeJwt(input));
    agree(`decodeProtectedHeader ${i} ${String(input).slice(-10)}`, async (m) => m.decodeProtectedHeader(input));
  }
});

describe("base64url", () => {
  const texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar", "ü🌍", "?>~", "\0"];
  for (const text of texts) {
    agree(`encode ${JSON.stringify(text)}`, async (m) =>
      [m.base64url.encode(text), m.base64url.encode(new TextEncoder().encode(text))]);
    agree(`decode ${JSON.stringify(text)}`, async (m) =>
      [...m.base64url.decode(base64url(text)), ...m.base64url.decode(Buffer.from(base64url(text)))]);
  }
  for (const text of ["Zg==", "Zg=", "Z g", "Zh", "Z", "+/", "-_", "!", "Zg==Zg", "ü"]) {
    agree(`decode ${JSON.stringify(text)}`, async (m) => m.base64url.decode(text));
  }
  agree("much", async (m) => m.base64url.decode(m.base64url.encode(new Uint8Array(100_000).fill(0xfb))).length);
});

describe("thumbprints", () => {
  const keys = { ...Object.fromEntries([...publicAlgorithms, "HS256", "ES256K"].map((alg) => [alg, jwkOf(alg)])),
    "with kid alone": { kty: "EC", kid: "x" }, "an empty x": { ...jwkOf("ES256"), x: "" },
      "x no text": { ...jwkOf("ES256"), x: 1 }, "kty unknown": { kty: "x" },
    "no kty": {}, "kty no text": { kty: 1 }, undefined: undefined, null: null, text: "x",
      octets: new Uint8Array(32), array: [],
    AKP: { kty: "AKP", alg: "ML-DSA-44", pub: "AAAA" }, "AKP without alg": { kty: "AKP", pub: "AAAA" } };
  for (const [name, key] of Object.entries(keys)) {
    for (const digest of [undefined, "sha256", "sha384", "sha512"]) {
      agree(`${name} ${digest}`, (m) => m.calculateJwkThumbprint(key, digest));
      agree(`${name} ${digest}, as a URI`, (m) => m.calculateJwkThumbprintUri(key, digest));
    }
  }
  for (const digest of ["SHA256", "sha-256", "", "toString", 1,
    {}]) agree(`digest ${String(digest)}`, (m) => m.calculateJwkThumbprint(jwkOf("ES256"), digest), "TypeError");
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const secret = createSecretKey(Buffer.alloc(32, 7));
  for (const [name, key] of Object.entries({ privateKey, publicKey,
    secret })) agree(`a KeyObject: ${name}`, (m) => m.calculateJwkThumbprint(key));
  agree("a CryptoKey", async (m) => m.calculateJwkThumbprint(await jose.importJWK(jwkOf("RS256"))));
  agree("a CryptoKey that cannot be exported", async (m) =>
    m.calculateJwkThumbprint(await jose.importJWK(jwkOf("RS256"), "RS256", { extractable: false })), "TypeError");
  test("a key that was imported here, even one that cannot be exported", async () => {
    const key = await ours.importJWK(jwkOf("RS256"), "RS256", { extractable: false });
    assert.equal(await ours.calculateJwkThumbprint(key), await jose.calculateJwkThumbprint(jwkOf("RS256")));
  });
});

describe("importJWK", () => {
  for (const [name, args] of Object.entries({
    undefined: [], null: [null], text: ["x"], "no kty": [{}], "no alg": [jwkOf("ES256", { alg: undefined })],
      "alg given": [jwkOf("ES256", { alg: undefined }), "ES256"],
    "alg given over its own": [jwkOf("RS256"), "PS512"], "alg unknown": [jwkOf("ES256"), "x"],
      "alg of a secret": [jwkOf("ES256"), "HS256"],
    "kty unknown": [{ kty: "x" }, "ES256"], "another kty": [jwkOf("RS256"), "ES256"], secret: [jwkOf("HS256")],
      "secret without alg": [jwkOf("HS256", { alg: undefined })],
    "secret without k": [{ kty: "oct" }], "secret with a k that is none": [{ kty: "oct", k: "!" }],
      "AKP without alg": [{ kty: "AKP", pub: "AAAA" }, "ML-DSA-44"],
    "AKP of the right length, without alg": [{ kty: "AKP", pub: base64url(Buffer.alloc(1312)) }, "ML-DSA-44"],
    "AKP with another alg": [{ kty: "AKP", alg: "ML-DSA-65", pub: "AAAA" }, "ML-DSA-44"],
    "not extractable": [jwkOf("ES256"), "ES256", { extractable: false }], "ext false": [jwkOf("ES256", { ext: false })],
    "ext false, but extractable": [jwkOf("ES256", { ext: false }), "ES256", { extractable: true }],
      "extractable no boolean": [jwkOf("ES256"), "ES256", { extractable: 1 }],
    "a Map": [new Map()],
  })) {
    agree(name, (m) => m.importJWK(...args));
  }
});

describe("importSPKI, importX509", () => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-x509-"));
  after(() => rmSync(folder, { recursive: true }));
  const openssl = (...args) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe", encoding: "utf8" });
  const kinds = {
    RS256: ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], ES256: ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
      ES384: ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    ES512: ["EC", "-pkeyopt", "ec_paramgen_curve:P-521"], ES256K: ["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
      EdDSA: ["ED25519"], Ed448: ["ED448"],
  };
  const pems = {};
  for (const [alg, options] of Object.entries(kinds)) {
    openssl("genpkey", "-algorithm", ...options, "-out", `${alg}.key`);
    for (const [version, more] of Object.entries({ v3: ["-addext", "subjectAltName=DNS:id.example"],
      long: ["-set_serial", `0x${"7f".repeat(20)}`] })) {
      openssl("req", "-new", "-x509",
        "-key", `${alg}.key`, "-subj", "/CN=id.example/O=An organization", "-days", "7",
        ...more, "-out", `${alg}.${version}.pem`);
    }
    pems[alg] = { spki: openssl("pkey", "-in", `${alg}.key`, "-pubout"),
      v3: readFileSync(join(folder, `${alg}.v3.pem`), "utf8"), long: readFileSync(join(folder, `${alg}.long.pem`),
        "utf8") };
  }
  const isKnownToJose = (alg) => alg !== "ES256K" && alg !== "Ed448";

  for (const [alg, { spki, v3, long }] of Object.entries(pems)) {
    test(`${alg}: as node:crypto reads it`, async () => {
      const expected = createPublicKey(spki).export({ format: "jwk" });
      for (const key of [await ours.importSPKI(spki, alg), await ours.importX509(v3, alg),
        await ours.importX509(long, alg)]) {
        assert.equal(await ours.calculateJwkThumbprint(key), await ours.calculateJwkThumbprint(expected));
        if (isKnownToJose(alg)) assert.deepEqual(KeyObject.from(key).export({ format: "jwk" }), expected);
      }
    });
    if (!isKnownToJose(alg)) continue;
    for (const other of ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]) {
      const isFit = other === alg || (alg === "RS256" && other === "PS256") || (alg === "EdDSA" && other === "Ed25519");
      if (!isFit) {
        test(`${alg} for ${other}`, async () => {
          await assert.rejects(ours.importSPKI(spki, other), TypeError);
          await assert.rejects(ours.importX509(v3, other), TypeError);
          await assert.rejects(jose.importSPKI(spki, other));
        });
        continue;
      }
      agree(`${alg} for ${other}`, (m) => m.importSPKI(spki, other), "accepted");
      agree(`${alg} for ${other}, of a certificate`, (m) => m.importX509(v3, other), "accepted");
    }
    for (const bad of ["x", "HS256", undefined]) agree(`${alg} for ${bad}`, (m) => m.importSPKI(spki, bad),
      "ERR_JOSE_NOT_SUPPORTED");
    agree(`${alg}, in one line`, (m) => m.importSPKI(spki.replaceAll("\n", " "), alg), "accepted");
    agree(`${alg}, with other line ends`, (m) => m.importX509(v3.replaceAll("\n", "\r\n"), alg), "accepted");
    agree(`${alg}, not extractable`, (m) => m.importX509(v3, alg, { extractable: false }), "accepted");
    for (const [name, text] of Object.entries({
      undefined: undefined, empty: "", "another label": v3, "white space before": ` ${spki}`,
    })) {
      agree(`${alg}: ${name} is no SPKI`, (m) => m.importSPKI(text, alg), "TypeError");
      agree(`${alg}: ${name} is no certificate`, (m) =>
        m.importX509(name === "another label" ? spki : text, alg), "TypeError");
    }
    test(`${alg}: no cut and no changed octet does harm`, async () => {
      for (const [label, text, load] of [["PUBLIC KEY", spki, ours.importSPKI], ["CERTIFICATE", v3, ours.importX509]]) {
        const der = Buffer.from(text.split("-----")[2], "base64");
        const pem = (bytes) => `-----BEGIN ${label}-----\n${Buffer.from(bytes).toString("base64")}\n-----END ${label}-----`;
        assert.ok(await load(pem(der), alg));
        for (let end = 0; end < Math.min(der.length, 120); end++) await assert.rejects(load(pem(der.subarray(0,
          end)), alg), known);
        for (let i = 0; i < Math.min(der.length, 120); i++) {
          for (const octet of [0x00, 0x80, 0x84, 0xff, der[i] + 1]) {
            const changed = Buffer.from(der);
            changed[i] = octet;
            await load(pem(changed), alg).catch((error) => assert.ok(known(error), error));
          }
        }
      }
    });
  }
  const known = (error) => error instanceof TypeError || error instanceof ours.errors.JOSENotSupported;

  test("a chain: its first certificate", async () => {
    const chain = pems.ES256.v3 + pems.RS256.v3;
    assert.equal(await ours.calculateJwkThumbprint(await ours.importX509(chain, "ES256")),
      await ours.calculateJwkThumbprint(await ours.importX509(pems.ES256.v3, "ES256")));
  });
  test("a certificate of version 1", async () => {
    openssl("req", "-new", "-key", "ES256.key", "-subj", "/CN=id.example", "-out", "csr.pem");
    const pem = openssl("x509", "-req", "-in", "csr.pem", "-signkey", "ES256.key", "-days", "7");
    const [version] = /Version: (\d)/.exec(execFileSync("openssl", ["x509", "-noout", "-text"], { input: pem, encoding: "utf8" })).slice(1);
    assert.equal(version, "1");
    assert.equal((await ours.importX509(pem, "ES256")).type, "public");
  });
  test("a length beyond the end, a compressed point, half an octet", async () => {
    const der = Buffer.from(pems.ES256.spki.split("-----")[2], "base64");
    const point = der.length - 65;
    for (const [at, octet] of [[1, der[1] + 1], [point, 0x06], [point, 0x02], [point - 1, 1]]) {
      const changed = Buffer.from(der);
      changed[at] = octet;
      const pem = `-----BEGIN PUBLIC KEY-----\n${changed.toString("base64")}\n-----END PUBLIC KEY-----`;
      await assert.rejects(ours.importSPKI(pem, "ES256"), TypeError, `${at}`);
    }
  });
  test("an RSA-PSS key is none for WebCrypto, nor here", async () => {
    const { publicKey } = generateKeyPairSync("rsa-pss", { modulusLength: 2048 });
    const pem = publicKey.export({ type: "spki", format: "pem" });
    await assert.rejects(ours.importSPKI(pem, "PS256"), ours.errors.JOSENotSupported);
    await assert.rejects(jose.importSPKI(pem, "PS256"));
  });
  test("a PEM without an end, or one that is far", async () => {
    for (const rest of ["AAAA", `${"A".repeat(1 << 20)}\n-----END PUBLIC KEY-----`, "!\n-----END PUBLIC KEY-----"]) {
      await assert.rejects(ours.importSPKI(`-----BEGIN PUBLIC KEY-----\n${rest}`, "ES256"), TypeError);
    }
  });
});

describe("errors", () => {
  const argumentsOf = { none: [], message: ["m"], "message and cause": ["m", { cause: 1 }] };
  for (const name of Object.keys(jose.errors)) {
    if (name === "JWTClaimValidationFailed" || name === "JWTExpired") {
      for (const args of [["m", { sub: "x" }], ["m", { sub: "x" }, "sub", "missing"]]) {
        agree(`${name} ${args.length}`, async (m) => Promise.reject(new m.errors[name](...args)));
      }
    }
    for (const [kind, args] of Object.entries(argumentsOf)) {
      agree(`${name}: ${kind}`, async (m) => {
        const { code, name: itsName, cause } = new m.errors[name](...args);
        return [code, itsName, m.errors[name].code, typeof cause,
          Object.keys(new m.errors[name](...args)).filter((key) => key !== "payload").sort()];
      });
    }
    agree(`${name}: its own heirs`, async (m) => {
      class Heir extends m.errors[name] {}
      return [new Heir("m").name, new Heir("m").code, new Heir("m") instanceof m.errors.JOSEError];
    });
  }
  test("all of them", () => assert.deepEqual(Object.keys(ours.errors).sort(), Object.keys(jose.errors).sort()));
  test("name the option, once, and say what to do", async () => {
    for (const [options, name, hint] of [[{ currentDate: 1_794_700_000 }, "currentDate", /new Date\(/], [{ issuer: [] }, "issuer", /./]]) {
      const error = await ours.jwtVerify(jwsOf("ES256"), jwkOf("ES256"), options).then(assert.fail, (one) => one);
      assert.ok(error instanceof TypeError);
      assert.equal(error.message.split(name).length, 2, error.message);
      assert.match(error.message, hint);
    }
  });
  test("say what Touchstone said", async () => {
    const error = await ours.jwtVerify("x", jwkOf("ES256"), at()).then(assert.fail, (one) => one);
    assert.deepEqual([error.cause.reason, error.cause.code], ["token_malformed", error.code]);
  });
  test("never show the token, a claim's value or a key", async () => {
    const token = jwsOf("ES256", { ...claims, sub: "secret-subject" });
    const [, payload, signature] = token.split(".");
    const { inspect } = await import("node:util");
    for (const call of [
      () => ours.jwtVerify(token, jwkOf("ES256"), at({ subject: "y" })), () => ours.jwtVerify(token, jwkOf("ES384"),
        at()), () => ours.jwtVerify(`${token}A`, jwkOf("ES256"), at()),
      () => ours.jwtVerify(token, ours.createLocalJWKSet({ keys: [] }), at()), () => ours.jwtVerify(jwsOf("HS256"),
        new Uint8Array(Buffer.from("too short a secret")), at()),
    ]) {
      const error = await call().then(assert.fail, (one) => one);
      const shown = inspect(error, { depth: 9 }) + JSON.stringify(error);
      for (const text of [payload, signature, "secret-subject", "too short a secret",
        base64url("too short a secret"), jwkOf("ES384").x]) assert.ok(!shown.includes(text), shown);
    }
  });
});
