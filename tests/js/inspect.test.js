import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { audit, decode, explain, thumbprint, thumbprintUri } from "touchstone";
import { claims, currentDate, jwksOf, jwtOf, read, refusal, signer } from "./support.mjs";

const jwks = jwksOf("ES256", "RS256");
const good = jwtOf("ES256");

describe("decode", () => {
  test("takes apart what nobody signed", () => {
    const [header, payload] = good.split(".");
    assert.deepEqual(decode(`${header}.${payload}.AAAA`), {
      unverifiedHeader: { alg: "ES256", typ: "JWT", kid: "ES256" },
      unverifiedPayload: claims,
    });
  });

  test("is as strict as verify", () => {
    assert.equal(refusal(() => decode("x")).reason, "token_malformed");
    assert.equal(refusal(() => decode()).reason, "token_malformed");
    assert.equal(refusal(() => decode("a".repeat(65_537))).reason, "token_too_large");
    assert.equal(refusal(() => decode(jwtOf("ES256", '{"a":1,"a":1}'))).reason, "payload_duplicate_member");
  });
});

describe("explain", () => {
  test("a good token: every step, every key", () => {
    const explanation = explain(good, jwks, { currentDate, issuer: "https://id.example" });
    assert.equal(explanation.valid, true);
    assert.equal(explanation.error, undefined);
    assert.equal(explanation.key, 0);
    assert.deepEqual(explanation.unchecked, ["aud"]);
    assert.deepEqual(explanation.keys.map(({ kid, status, reason }) => [kid, status, reason]), [
      ["ES256", "matching", undefined],
      ["RS256", "passed_over", "kid_mismatch"],
    ]);
    assert.ok(explanation.steps.length >= 10);
    for (const { step, question, section, status } of explanation.steps) {
      assert.ok(step && question.endsWith("?") && section && ["passed", "unchecked"].includes(status));
    }
    assert.deepEqual(explanation.unverified.payload, claims);
  });

  test("a bad token: the step that failed, and none after it", () => {
    const explanation = explain(good, jwks, { currentDate, audience: "other" });
    assert.equal(explanation.valid, false);
    assert.equal(explanation.error.reason, "audience_mismatch");
    const statuses = explanation.steps.map(({ status }) => status);
    const failed = statuses.indexOf("failed");
    assert.equal(explanation.steps[failed].step, "audience");
    assert.deepEqual([...new Set(statuses.slice(failed + 1))], ["not_reached"]);
    assert.ok(!statuses.slice(0, failed).includes("not_reached"));
  });

  test("whatever the token is, it is explained", () => {
    for (const token of [undefined, 5, "", "x", "a".repeat(100_000), "\ud800"]) {
      assert.equal(explain(token, jwks).valid, false);
    }
    assert.equal(refusal(() => explain(good, "{}")).reason, "jwks_malformed");
  });
});

describe("audit", () => {
  test("finds what is wrong with a set", () => {
    const findings = (set) => audit(set, { currentDate }).findings.map(({ id, severity, key }) => [id, severity, key]);
    assert.deepEqual(findings(jwks), []);
    const exposed = { keys: [{ ...jwks.keys[0], d: "AAAA" }, jwks.keys[1]] };
    assert.ok(findings(exposed).some(([id, severity, key]) => id === "private_member" && severity === "error" && key === 0));
    const { keys, usable } = audit(JSON.stringify(exposed));
    assert.deepEqual([keys, usable], [2, 1]);
    for (const { section, message, advice } of audit(exposed).findings) assert.ok(section && message && advice);
  });

  test("refuses what is no set", () => {
    assert.equal(refusal(() => audit("[]")).reason, "jwks_malformed");
    assert.equal(refusal(() => audit()).reason, "jwks_malformed");
    assert.equal(refusal(() => audit(" ".repeat((1 << 20) + 1))).reason, "jwks_too_large");
    assert.equal(refusal(() => audit(jwks, { currentDate: "now" })).detail.member, "currentDate");
  });
});

describe("thumbprint", () => {
  // RFC 7638 section 3.1
  const jwk = {
    kty: "RSA",
    n: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    e: "AQAB",
    alg: "RS256",
    kid: "2011-04-29",
  };

  test("is the RFC's", () => {
    assert.equal(thumbprint(jwk), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert.equal(
      thumbprintUri(jwk),
      "urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
    );
    assert.equal(thumbprint(JSON.stringify(jwk)), thumbprint(jwk));
  });

  test("with the other hashes", () => {
    const { crv, kty, x, y } = signer("ES512").jwk;
    for (const hash of ["sha-256", "sha-384", "sha-512"]) {
      const expected = createHash(hash.replace("-", "")).update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
      assert.equal(thumbprint(signer("ES512").jwk, hash), expected);
      assert.equal(thumbprintUri(signer("ES512").jwk, hash).split(":").at(-1), expected);
    }
  });

  test("refuses what is no key and no hash", () => {
    assert.equal(refusal(() => thumbprint("x")).reason, "jwk_malformed");
    assert.equal(refusal(() => thumbprint()).reason, "jwk_malformed");
    assert.equal(refusal(() => thumbprint(" ".repeat(70_000))).reason, "jwk_malformed");
    assert.equal(refusal(() => thumbprint({ kty: "RSA", n: jwk.n })).detail.member, "e");
    assert.equal(refusal(() => thumbprint({ kty: "x" })).reason, "kty_unsupported");
    for (const hash of ["md5", "", 5, null, {}]) {
      assert.equal(refusal(() => thumbprint(jwk, hash)).reason, "option_invalid");
    }
  });
});

test("the example of the repository", () => {
  const token = read("tests/vectors/example/token.jwt").trim();
  const set = read("tests/vectors/example/jwks.json");
  assert.equal(explain(token, set, { currentDate: new Date("2026-12-01") }).valid, true);
});
