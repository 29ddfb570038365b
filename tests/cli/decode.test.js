import assert from "node:assert/strict";
import test from "node:test";
import { both, claims, now, token } from "./both.js";

const decode = (jwt, ...options) => both(["decode", "-", "--now", String(now), ...options], { input: jwt });

test("says first that nothing is verified, then shows header and claims, times in words", () => {
  const { code, out, err } = decode(token({ ...claims, nbf: now - 86400 * 800, roles: ["a", { b: 1 }] }, { kid: "ec-1", typ: "JWT" }));
  assert.equal(code, 0);
  assert.equal(err, "");
  assert.match(out, /^UNVERIFIED: nobody has checked the signature/);
  assert.match(out, /\nheader \(unverified\)\n  alg +"ES256"\n  kid +"ec-1"\n  typ +"JWT"\n/);
  assert.match(out, /\nclaims \(unverified\)\n  aud +"api"\n/);
  assert.match(out, /  exp +1800003600  2027-01-15T09:00:00Z, in 60 minutes\n/);
  assert.match(out, /  iat +1799999940  2027-01-15T07:59:00Z, 60 seconds ago\n/);
  assert.match(out, /  nbf +1730880000  2024-11-06T08:00:00Z, 2 years ago\n/);
  assert.match(out, /  roles +\["a",\{"b":1\}\]\n/);
});

test("a signature that is wrong, missing or of none makes no difference", () => {
  const [header, payload] = token(claims).split(".");
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  for (const jwt of [`${header}.${payload}.`, `${header}.${payload}.AAAA`, `${none}.${payload}.`]) {
    assert.equal(decode(jwt).code, 0, jwt);
  }
});

test("--json is one line that says unverified", () => {
  const { out } = decode(token({ ...claims, name: "Zoë\u202e" }), "--json");
  assert.match(out, /^[\x20-\x7e]+\n$/);
  assert.deepEqual(JSON.parse(out), { unverified: { header: { alg: "ES256" }, payload: { ...claims, name: "Zoë\u202e" } } });
});

test("what would steer a terminal is spelt out", () => {
  const evil = "\u001b]0;owned\u0007\u001b[2J\r\n\u0085\u009b31m\u202egnp.exe\u200b\u{e0041}\u007f";
  const { out } = decode(token({ sub: evil, [`x${evil}`]: 1 }, { kid: evil }));
  assert.doesNotMatch(out, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u202e\u{e0000}-\u{e007f}]/u);
  assert.match(out, /"\\u001b\]0;owned\\u0007\\u001b\[2J\\r\\n\\u0085\\u009b31m\\u202egnp\.exe\\u200b\\U000e0041\\u007f"/);
});

test("times that are no times", () => {
  const { out } = decode(token({ exp: 9007199254740991, nbf: -62167219201, iat: "soon", auth_time: 0.5 }));
  assert.match(out, /exp +9007199254740991 {2}outside the years 0 to 9999\n/);
  assert.match(out, /nbf +-62167219201 {2}outside the years/);
  assert.match(out, /iat +"soon"\n/);
  assert.match(out, /auth_time +0\.5 {2}1970-01-01T00:00:00Z, 57 years ago\n/);
});

test("what cannot be taken apart is refused", () => {
  const jwt = token(claims);
  const [header, , signature] = jwt.split(".");
  const segment = (text) => Buffer.from(text).toString("base64url");
  for (const [bad, reason] of [
    ["", "token_malformed"],
    ["abc", "token_malformed"],
    [`${jwt}.a.b`, "jwe_unsupported"],
    [`${jwt}=`, "token_malformed"],
    [`${jwt.slice(0, -1)}B`, "token_base64_invalid"],
    [`${header}.${segment("[]")}.${signature}`, "payload_json_invalid"],
    [`${header}.${segment('{"a":1,"\\u0061":2}')}.${signature}`, "payload_duplicate_member"],
    [`${segment("{")}.${segment("{}")}.${signature}`, "header_json_invalid"],
    [`${header}.${segment("[".repeat(40000))}.${signature}`, "payload_too_deep"],
    [`${header}.${segment(`{"a":${"[".repeat(40)}${"]".repeat(40)}}`)}.${signature}`, "payload_too_deep"],
  ]) {
    const { code, out } = decode(bad);
    assert.equal(code, 1, reason);
    assert.ok(out.startsWith(`refused: ${reason}`), out);
    assert.equal(JSON.parse(decode(bad, "--json").out).error.reason, reason);
  }
  assert.match(decode("").out, /hint +there is nothing in it: it is empty/);
});
