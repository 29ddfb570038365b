// Mistakes that people make, each with an error that says what to do. Codes and reasons are what they are without.
import assert from "node:assert/strict";
import { createPublicKey, createSecretKey } from "node:crypto";
import { describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { inspect } from "node:util";
import {
  audit, createRemoteKeySet, createVerifier, decode, explain, KeySet, thumbprint, verify, verifyJwsSync, verifySync,
} from "touchstone";
import { claims, currentDate, jwksOf, jwtOf, refusal, signer } from "./support.mjs";

const jwks = jwksOf("ES256");
const good = jwtOf("ES256");
const { jwk } = signer("ES256");
const publicKey = createPublicKey({ key: jwk, format: "jwk" });
const pem = publicKey.export({ format: "pem", type: "spki" });
const url = "https://id.example/jwks.json";

/** Nothing of a token, of its claims or of a key is in an error, however it is printed. */
function checkSilent(error) {
  const printed = `${error.stack}${inspect(error, { depth: 9 })}${JSON.stringify(error)}`;
  for (const secret of [good, ...good.split("."), claims.iss, jwk.x, jwk.y, pem.split("\n")[1], url, "id.example"]) {
    assert.ok(!printed.includes(secret), printed);
  }
}

function checkHint(error, reason, code, hint) {
  assert.deepEqual([error.reason, error.code], [reason, code]);
  assert.match(error.detail.hint, hint);
  // Most people see the message alone.
  assert.ok(error.message.endsWith(error.detail.hint), error.message);
  checkSilent(error);
}

describe("in place of a token", () => {
  const mistakes = {
    "with Bearer in front": [`Bearer ${good}`, /^leave out "Bearer "/],
    "with bearer in front": [`bearer ${good}`, /^leave out "Bearer "/],
    "in quotation marks": [`"${good}"`, /^leave out the quotation marks/],
    "in apostrophes": [`'${good}'`, /^leave out the quotation marks/],
    "with its line end": [`${good}\n`, /^leave out the white space/],
    "of JSON": [JSON.stringify(claims), /^it is JSON/],
    "of nothing": ["", /^there is nothing in it/],
    undefined: [undefined, /^it is undefined: give the token/],
    null: [null, /^it is null: give the token/],
    "a promise": [Promise.resolve(good), /^it is a promise: await it/],
    "a promise of another realm": [runInNewContext("Promise.resolve()"), /^it is a promise: await it/],
    bytes: [Buffer.from(good), /^it is not text/],
    "an object": [{ token: good }, /^it is not text/],
  };
  for (const [name, [jwt, hint]] of Object.entries(mistakes)) {
    test(name, async () => {
      const refused = (error) => checkHint(error, "token_malformed", "ERR_JWS_INVALID", hint);
      refused(refusal(() => verifySync(jwt, jwks, { currentDate })));
      refused(await verify(jwt, jwks, { currentDate }).catch((error) => error));
      refused(refusal(() => KeySet.parse(jwks).verifySync(jwt, { currentDate })));
      refused(refusal(() => decode(jwt)));
      for (const cache of [undefined, { maxEntries: 5 }]) {
        const verifier = createVerifier({ jwks, issuer: null, audience: null, cache, currentDate });
        refused(refusal(() => verifier.verifySync(jwt)));
      }
      const remote = createRemoteKeySet(url, { fetch: async () => Response.json(jwks) });
      refused(await verify(jwt, remote, { currentDate }).catch((error) => error));
      const { valid, error } = explain(jwt, jwks, { currentDate });
      assert.deepEqual([valid, error.reason], [false, "token_malformed"]);
      assert.match(error.hint, hint);
    });
  }

  test("of what is no such mistake nothing is guessed", () => {
    for (const jwt of ["abc", "a.b", `${good}=`, `${good}.`]) {
      const { reason, detail, message } = refusal(() => verifySync(jwt, jwks, { currentDate }));
      assert.deepEqual([reason, detail], ["token_malformed", undefined]);
      assert.equal(message, "the token is not three base64url segments joined by dots");
    }
  });

  test("of a JWS", () => {
    for (const jws of [`Bearer ${good}`, `"${good}"`]) {
      assert.match(refusal(() => verifyJwsSync(jws, jwks)).detail.hint, /^leave out/);
    }
  });
});

describe("in place of a JWK Set", () => {
  const mistakes = {
    "its URL": [url, /^it is a URL: createRemoteKeySet\(url\)/],
    "its URL as an object": [new URL(url), /^it is a URL: createRemoteKeySet\(url\)/],
    "its URL in JSON": [JSON.stringify(url), /^it is a URL/],
    PEM: [pem, /^it is PEM; a JWK or JWK Set is JSON/],
    "PEM in bytes": [Buffer.from(pem), /^it is PEM; a JWK or JWK Set is JSON/],
    "JSON text in JSON text": [JSON.stringify(JSON.stringify(jwks)), /^leave out the quotation marks/],
    "an array of keys": [jwks.keys, /^it is an array; a JWK Set is an object/],
    "nothing": ["", /^there is nothing in it/],
    "UTF-16": [Buffer.from(`\ufeff${JSON.stringify(jwks)}`, "utf16le"), /^it is UTF-16/],
    "a byte-order mark": [`\ufeff${JSON.stringify(jwks)}`, /^it begins with a byte-order mark/],
    undefined: [undefined, /^it is undefined: give the JWK Set/],
    null: [null, /^it is null: give the JWK Set/],
    "a promise": [Promise.resolve(jwks), /^it is a promise: await it/],
    "a promise of another realm": [runInNewContext("Promise.resolve()"), /^it is a promise: await it/],
    "a function, as jose has it": [async () => jwks, /^it is a function: createRemoteKeySet\(url\)/],
    "a Response": [Response.json(jwks), /^it is a Response: give await response\.json\(\)/],
    "an ArrayBuffer": [new ArrayBuffer(8), /^it is an ArrayBuffer: give new Uint8Array\(buffer\)/],
    "a KeyObject": [publicKey, /^it is a KeyObject: give key\.export/],
    "a secret KeyObject": [createSecretKey(Buffer.alloc(32)), /^it is a KeyObject: give key\.export/],
    "keys that are no array": [{ keys: jwk }, /^is not an array/, "keys"],
    "an object of no kind": [{ hello: 1 }, /^is missing, and so is kty/, "keys"],
    "an issuer's metadata": [{ issuer: "https://id.example", jwks_uri: url }, /^is missing: this is an issuer's metadata/, "keys"],
  };
  for (const [name, [given, hint, member]] of Object.entries(mistakes)) {
    test(name, async () => {
      const refused = (error) => {
        checkHint(error, "jwks_malformed", "ERR_JWKS_INVALID", hint);
        assert.equal(error.detail.member, member);
        if (member) assert.ok(error.message.endsWith(` - ${member} ${error.detail.hint}`));
      };
      refused(refusal(() => verifySync(good, given, { currentDate })));
      refused(await verify(good, given, { currentDate }).catch((error) => error));
      refused(refusal(() => KeySet.parse(given)));
      refused(refusal(() => audit(given)));
      refused(refusal(() => explain(good, given)));
      refused(refusal(() => verifyJwsSync(good, given)));
      if (given !== undefined) refused(refusal(() => createVerifier({ jwks: given, issuer: null, audience: null })));
    });
  }

  test("a CryptoKey", async () => {
    const { publicKey: key } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    checkHint(refusal(() => verifySync(good, key)), "jwks_malformed", "ERR_JWKS_INVALID", /exportKey\("jwk", key\)$/);
  });

  test("what the hints say to do works", async () => {
    const { publicKey: key } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const given = [
      await Promise.resolve(jwks), await Response.json(jwks).json(), new Uint8Array(Buffer.from(JSON.stringify(jwks))),
      publicKey.export({ format: "jwk" }), await crypto.subtle.exportKey("jwk", key), { keys: jwks.keys },
    ];
    for (const set of given) assert.equal(KeySet.parse(set).keys.length, 1);
  });

  test("a tag that names what objects inherit", () => {
    for (const tag of ["constructor", "toString", "__proto__"]) {
      assert.equal(KeySet.parse({ ...jwks, [Symbol.toStringTag]: tag }).keys.length, 1);
    }
  });

  test("in place of one JWK", () => {
    assert.match(refusal(() => thumbprint(pem)).detail.hint, /^it is PEM/);
    assert.match(refusal(() => thumbprint(url)).detail.hint, /^it is a URL/);
  });

  test("where the parser stopped is still told", () => {
    const { offset, hint } = refusal(() => KeySet.parse('{"keys":[}')).detail;
    assert.deepEqual([offset, hint], [9, undefined]);
  });
});

describe("currentDate", () => {
  const hints = [
    [Date.now(), /^is a number: give new Date\(milliseconds\)$/],
    [Math.floor(Date.now() / 1000), /^is a number: give new Date\(seconds \* 1000\)$/],
    ["2026-11-14", /^is not a valid Date$/],
    [new Date(NaN), /^is not a valid Date$/],
  ];
  for (const [value, hint] of hints) {
    test(`as ${typeof value} ${value}`, () => {
      for (const call of [
        () => verifySync(good, jwks, { currentDate: value }),
        () => KeySet.parse(jwks).verifySync(good, { currentDate: value }),
        () => createVerifier({ jwks, issuer: null, audience: null, currentDate: value }),
        () => createVerifier({ jwks, issuer: null, audience: null }).verifySync(good, { currentDate: value }),
        () => explain(good, jwks, { currentDate: value }),
        () => audit(jwks, { currentDate: value }),
      ]) {
        const error = refusal(call);
        checkHint(error, "option_invalid", "ERR_TOUCHSTONE_OPTION_INVALID", hint);
        assert.equal(error.detail.member, "currentDate");
      }
    });
  }
});

test("a KeySet that was disposed of", () => {
  const keySet = KeySet.parse(jwks);
  keySet.dispose();
  for (const use of [() => keySet.keys, () => verifySync(good, keySet, { currentDate }), () => keySet.verifySync(good)]) {
    assert.throws(use, { name: "TypeError", message: /disposed of: KeySet\.parse\(\) makes another one$/ });
  }
});
