import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as jose from "jose";
import { createVerifier, KeySet, verifySync } from "touchstone";
import {
  completePolicy, generateSealingKey, KeyRing, oauthMetadata, openidConfiguration, publicJwks, publishJwks, resume, retireEarly, revoke, rotate, seal,
  sealingKid, sign, timeline, timelineSvg, unseal,
} from "touchstone/issuer";
import { hasty, refusalOf } from "./support.mjs";

const start = 1_800_000_000;
const at = (seconds) => new Date((start + seconds) * 1000);
const kinds = ({ changes }) => changes.map(({ kind }) => kind).join(" ");

describe("rotate", () => {
  test("a key is published, signs, retires and goes; clients that cache as long as they may refuse nothing", () => {
    let { ring } = rotate(new KeyRing(), hasty, at(0));
    const states = () => ring.keys.map(({ state }) => state).join(" ");
    const told = [];
    const clients = [5, 10, 20, 30, 40].map((lifetime) => ({ until: 0, lifetime, jwks: undefined }));
    const tokens = [];
    for (let now = 0; now < 2000; now += 5) {
      const rotated = rotate(ring, hasty, at(now));
      if (rotated.changes.length > 0) told.push(`${now} ${kinds(rotated)}`);
      ring = rotated.ring;
      assert.deepEqual(rotate(ring, hasty, at(now)).changes, [], "idempotent");
      assert.equal(states().match(/active/g).length, 1);
      tokens.push(sign({ iat: start + now }, ring, { currentDate: at(now) }).token);
      for (const client of clients) {
        // No longer than the max-age and the grace that the policy grants.
        if (now >= client.until) Object.assign(client, { jwks: KeySet.parse(publicJwks(ring)), until: now + client.lifetime });
        for (const token of tokens.slice(-12)) client.jwks.verifySync(token, { currentDate: at(now) }); // refuses none
      }
    }
    assert.deepEqual(told.slice(0, 4), ["500 published", "600 retired activated", "700 removed", "1100 published"]);
  });

  test("a late rotation, and one by hand", () => {
    const first = rotate(new KeyRing(), hasty, at(0));
    assert.deepEqual([kinds(first), first.next], ["published activated", at(500)]);
    const late = rotate(first.ring, hasty, at(5000));
    assert.equal(kinds(late), "published");
    assert.equal(kinds(rotate(late.ring, hasty, at(5100))), "retired activated");
    const due = retireEarly(first.ring);
    assert.equal(first.ring.active.isDue, false);
    assert.equal(due.active.isDue, true);
    const pending = rotate(due, hasty, at(10));
    assert.equal(kinds(pending), "published");
    assert.deepEqual(pending.ring.pending.usableFrom, at(110));
    assert.deepEqual(resume(pending.ring, hasty, at(100)).pending.usableFrom, at(140));
  });

  test("revoke: the key is out at once, and the cost is told", async () => {
    const { ring } = rotate(new KeyRing(), hasty, at(0));
    const { token, kid } = sign({ sub: "ada" }, ring, { currentDate: at(1) });
    const revoked = revoke(ring, kid, hasty, at(2));
    assert.equal(kinds(revoked), "revoked published activated");
    assert.deepEqual(
      [revoked.signatures, revoked.tokensUntil, revoked.acceptedUntil, revoked.refusedUntil],
      [1, at(62), at(67), at(102)],
    );
    assert.equal((await refusalOf(() => verifySync(token, publicJwks(revoked.ring), { currentDate: at(2) }))).reason, "no_matching_key");
    assert.ok(ring.active.kid === kid, "the ring that was given stays as it is");
    assert.equal((await refusalOf(() => revoke(ring, "nobody", hasty, at(2)))).reason, "ring_key_unknown");
  });

  test("the cap on signatures", async () => {
    const policy = { ...hasty, maxSignatures: 8 };
    let { ring } = rotate(new KeyRing(), policy, at(0));
    const signed = [1, 2, 3, 4].map(() => sign({}, ring, { currentDate: at(0) }));
    assert.deepEqual(signed.map(({ isRotationDue }) => isRotationDue), [false, false, false, true]);
    assert.equal(kinds(rotate(ring, policy, at(1))), "published");
    ring.count(ring.active.kid, 4);
    const error = await refusalOf(() => sign({}, ring, { currentDate: at(0) }));
    assert.equal(error.reason, "signing_key_exhausted");
    ({ ring } = rotate(rotate(ring, policy, at(1)).ring, policy, at(101)));
    assert.equal(sign({}, ring, { currentDate: at(101) }).signatures, 1);
    assert.equal((await refusalOf(() => ring.count("nobody", 1))).reason, "ring_key_unknown");
    for (const bad of [-1, 0.5, NaN, "1", 2 ** 60]) assert.equal((await refusalOf(() => ring.count(ring.active.kid, bad))).reason, "option_invalid");
  });

  test("a policy that contradicts itself is refused with what to change", async () => {
    for (const [policy, member, words] of [
      [{ publishAhead: 3600 }, "publishAhead", /lengthen it, or shorten cacheLifetime/],
      [{ retain: 3600 }, "retain", /lengthen it, or shorten tokenLifetime/],
      [{ rotateEvery: 86400 }, "rotateEvery", /shorten publishAhead/],
      [{ alg: "none" }, "alg", /signs with/],
      [{ rotateEvery: NaN }, "rotateEvery", /./],
      [{ rotateEvery: Infinity }, "rotateEvery", /./],
      [{ maxSignatures: 1.5 }, "maxSignatures", /./],
      [{ every: 1 }, "every", /./],
    ]) {
      for (const tried of [() => rotate(new KeyRing(), policy), () => completePolicy(policy)]) {
        const error = await refusalOf(tried);
        assert.deepEqual([error.reason, error.detail.member], ["option_invalid", member]);
        assert.match(error.message, words);
      }
    }
    assert.equal((await refusalOf(() => rotate(new KeyRing(), []))).reason, "option_invalid");
    assert.equal(completePolicy().rotateEvery, 2_592_000);
    assert.deepEqual(Object.keys(completePolicy({})).sort(), Object.keys(completePolicy(hasty)).sort());
  });
});

describe("the ring's text", () => {
  // The same text is in tests/issuer/c_api_test.cpp; the key is of RFC 8037 appendix A.1.
  const native =
    '{"version":1,"tokenLifetime":3600.0,"cacheLifetime":3600.0,"maxSignatures":4294967296,"copiesUntil":0.0,"keys":[' +
    '{"state":"active","publishedAt":1800000000.5,"usableFrom":1800000000.5,"activatedAt":1800000000.5,"signatures":17,' +
    '"longestTokenLifetime":3600.0,"jwk":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",' +
    '"alg":"Ed25519","use":"sig","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",' +
    '"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}}]}';
  const otherX = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"; // RFC 8032 section 7.1, test 2

  test("is the same in every build", () => {
    const ring = KeyRing.parse(native);
    assert.equal(ring.exportSecrets(), native);
    assert.equal(KeyRing.parse(Buffer.from(native)).exportSecrets(), native);
    assert.deepEqual(ring.active.activatedAt, new Date(1_800_000_000_500));
    assert.equal(ring.active.signatures, 17);
  });

  test("a broken ring is refused", async () => {
    const edited = (edit) => {
      const ring = JSON.parse(native);
      edit(ring, ring.keys[0]);
      return JSON.stringify(ring);
    };
    for (const [text, reason, member] of [
      ["", "ring_malformed"],
      ["{}", "ring_malformed", "version"],
      [edited((ring) => (ring.version = 2)), "ring_version_unsupported"],
      [edited((ring) => ring.keys.push(ring.keys[0])), "ring_malformed", "kid"],
      [edited((_, key) => (key.state = "asleep")), "ring_malformed", "state"],
      [edited((_, key) => delete key.activatedAt), "ring_malformed", "activatedAt"],
      [edited((_, key) => (key.jwk.x = otherX)), "private_key_mismatch"],
      [edited((_, key) => delete key.jwk.d), "member_missing", "d"],
      [native.slice(0, -1), "ring_malformed"],
      [`{"x":"${"x".repeat(9 << 20)}"}`, "ring_too_large"],
    ]) {
      const error = await refusalOf(() => KeyRing.parse(text));
      assert.equal(error.reason, reason, error.message);
      if (member) assert.equal(error.detail.member, member);
    }
  });

  test("sealed: jose opens it, and it opens what jose made", async () => {
    const key = generateSealingKey();
    const octets = Buffer.from(key, "base64url");
    assert.equal(octets.length, 32);
    const ring = KeyRing.parse(native);
    const sealed = seal(ring, hasty, key);
    assert.equal(sealingKid(sealed), await jose.calculateJwkThumbprint({ kty: "oct", k: key }));
    const { plaintext, protectedHeader } = await jose.compactDecrypt(sealed, octets);
    const { policy, ring: inside } = JSON.parse(Buffer.from(plaintext));
    assert.deepEqual([policy, inside], [completePolicy(hasty), JSON.parse(native)]);
    const again = await new jose.CompactEncrypt(plaintext).setProtectedHeader(protectedHeader).encrypt(octets);
    for (const form of [key, octets.toString("base64"), ` ${octets.toString("hex")}\n`]) {
      const kept = unseal(again, form);
      assert.equal(kept.ring.exportSecrets(), native);
      assert.deepEqual(kept.policy, completePolicy(hasty));
    }
    assert.notEqual(seal(ring, hasty, key), sealed, "a nonce of its own");
    assert.equal(unseal(seal(ring, undefined, null), null).ring.exportSecrets(), native);
    assert.equal(sealingKid(seal(ring, undefined, null)), undefined);
  });

  test("the wrong key, and none", async () => {
    const [key, other] = [generateSealingKey(), generateSealingKey()];
    const ring = KeyRing.parse(native);
    const sealed = seal(ring, {}, key);
    const turned = `${sealed.slice(0, -1)}${sealed.endsWith("A") ? "Q" : "A"}`;
    for (const [text, given, reason] of [
      [sealed, other, "sealing_key_mismatch"],
      [sealed, null, "sealing_key_missing"],
      [sealed, "", "sealing_key_malformed"],
      [sealed, key.slice(1), "sealing_key_malformed"],
      [sealed, undefined, "option_invalid"],
      [sealed, Buffer.from(key), "option_invalid"],
      [turned, key, "sealed_ring_corrupt"],
      ["x", key, "sealed_ring_corrupt"],
      [seal(ring, {}, null), key, "ring_not_sealed"],
    ]) {
      const error = await refusalOf(() => unseal(text, given));
      assert.equal(error.reason, reason);
    }
    assert.equal((await refusalOf(() => seal(ring, {}, ""))).reason, "sealing_key_malformed");
    assert.equal((await refusalOf(() => seal(ring, { retain: 1 }, key))).reason, "option_invalid");
  });
});

describe("what is published", () => {
  const metadata = { issuer: "https://id.example", jwksUri: "https://id.example/jwks.json" };

  test("the set, its validator and lifetime follow from the ring", () => {
    const { ring } = rotate(new KeyRing(), hasty, at(0));
    const first = publishJwks(ring, at(0));
    assert.deepEqual(JSON.parse(first.body), publicJwks(ring));
    assert.deepEqual([first.contentType, first.cacheControl], ["application/jwk-set+json", "public, max-age=20"]);
    assert.equal(publishJwks(ring, at(400)).etag, first.etag);
    const { ring: next } = rotate(ring, hasty, at(500));
    assert.notEqual(publishJwks(next, at(500)).etag, first.etag);
    const { ring: retiring } = rotate(next, hasty, at(600));
    assert.equal(publishJwks(retiring, at(690)).cacheControl, "public, max-age=10");
  });

  test("the metadata is what verifiers discover", async () => {
    const { ring } = rotate(new KeyRing(), hasty, at(0));
    const openid = openidConfiguration(ring, { ...metadata, additions: { scopes_supported: ["openid"] } });
    assert.deepEqual(JSON.parse(openid.body), {
      issuer: metadata.issuer, jwks_uri: metadata.jwksUri, id_token_signing_alg_values_supported: ["ES256"], scopes_supported: ["openid"],
    });
    assert.deepEqual(JSON.parse(oauthMetadata(ring, metadata).body), { issuer: metadata.issuer, jwks_uri: metadata.jwksUri });
    const documents = { "/.well-known/openid-configuration": openid, "/jwks.json": publishJwks(ring, at(0)) };
    const fetch = async (url) => {
      const { body, contentType } = documents[new URL(url).pathname];
      return new Response(body, { headers: { "content-type": contentType } });
    };
    const verifier = createVerifier({ discover: metadata.issuer, audience: "api", remote: { fetch } });
    const { token } = sign({ iss: metadata.issuer, aud: "api" }, ring, { currentDate: at(0) });
    assert.ok(await verifier.verify(token, { currentDate: at(0) }));
    for (const [given, reason, member] of [
      [{ ...metadata, issuer: "http://id.example" }, "issuer_invalid"],
      [{ ...metadata, jwksUri: "http://id.example/" }, "jwks_uri_invalid"],
      [{ ...metadata, additions: { issuer: "x" } }, "option_invalid", "issuer"],
      [{ ...metadata, additions: "[" }, "option_invalid", "additions"],
      [{ ...metadata, other: 1 }, "option_invalid", "other"],
    ]) {
      const error = await refusalOf(() => openidConfiguration(ring, given));
      assert.equal(error.reason, reason);
      if (member) assert.equal(error.detail.member, member);
    }
    const loopback = { issuer: "http://localhost:1", jwksUri: "http://localhost:1/jwks", allowHttpOnLoopback: true };
    assert.ok(openidConfiguration(ring, loopback));
  });

  test("symmetric keys are not in it", () => {
    const { ring } = rotate(new KeyRing(), { ...hasty, alg: "HS256" }, at(0));
    assert.equal(publishJwks(ring, at(0)).body, '{"keys":[]}');
    assert.equal(ring.active.publicJwk, undefined);
    assert.deepEqual(JSON.parse(openidConfiguration(ring, metadata).body), { issuer: metadata.issuer, jwks_uri: metadata.jwksUri });
  });
});

test("the timeline: what was, and what rotate() would do", async () => {
  const { ring } = rotate(new KeyRing(), hasty, at(0));
  const line = timeline(ring, hasty, { now: at(50), until: at(1000) });
  assert.deepEqual([line.from, line.now, line.next, line.until], [at(0), at(50), at(500), at(1000)]);
  assert.deepEqual(line.keys.map(({ kid, planned, spans }) => [kid, planned, spans.map(({ state }) => state).join(" ")]), [
    [ring.active.kid, false, "active active retiring"],
    ["planned 1", true, "pending active"],
  ]);
  assert.deepEqual(line.keys[1].spans[1].from, at(600));
  const svg = timelineSvg(ring, hasty, { now: at(50) });
  assert.match(svg, /^<svg[^>]* width="960"/);
  assert.match(timelineSvg(ring, hasty, { now: at(50), width: 400 }), / width="400"/);
  for (const options of [{ width: 1 }, { width: 400.5 }, { until: new Date(NaN) }, { now: "today" }])
    assert.equal((await refusalOf(() => timelineSvg(ring, hasty, options))).reason, "option_invalid");
});

test("disposing wipes the ring, and another stays", () => {
  const { ring } = rotate(new KeyRing(), hasty, at(0));
  const other = retireEarly(ring);
  ring.dispose();
  ring.dispose();
  for (const use of [() => ring.keys, () => sign({}, ring), () => ring.exportSecrets(), () => publicJwks(ring)]) assert.throws(use, /disposed/);
  assert.ok(sign({}, other, { currentDate: at(0) }));
});
