// The published vectors, run through the shipped module. tests/vectors/SOURCES.md says where they come from
// and lists the answers that JOSE wants otherwise; there are no others. What was run is the table of
// core/docs/conformance.md: TOUCHSTONE_RECORD=1 writes it anew.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { decode, KeySet, thumbprint, thumbprintUri, verifyJwsSync, verifySync } from "touchstone";
import { base64url, fileOf, rawVerdict, refusal } from "./support.mjs";

const vectors = (path) => JSON.parse(gunzipSync(readFileSync(fileOf(`tests/vectors/${path}.json.gz`))));
const octets = (hex) => Buffer.from(hex, "hex");
const unsignedOctets = (hex) => base64url(octets(hex.replace(/^(00)+/, "")));

describe("Wycheproof", () => {
  const hashes = { sha256: "256", sha384: "384", sha512: "512" };
  const curves = { secp256r1_sha256: "ES256", secp384r1_sha384: "ES384", secp521r1_sha512: "ES512", secp256k1_sha256: "ES256K" };
  const lengths = [1312, 1952, 2592]; // of ML-DSA's public keys
  const tagBits = { HS256: 256, HS384: 384, HS512: 512 };

  /** The algorithm that a file is about, or undefined when JOSE pairs its curve and hash in none. */
  function algOf(name) {
    const [, rs] = name.match(/^rsa_signature_\d+_(sha\d+)_/) ?? [];
    const [, ps] = name.match(/^rsa_pss_\d+_(sha\d+)_mgf1/) ?? [];
    const [, es] = name.match(/^ecdsa_(\w+)_p1363_/) ?? [];
    const [, hs] = name.match(/^hmac_(sha\d+)_/) ?? [];
    const [, ed] = name.match(/^ed(25519|448)_/) ?? [];
    const [, ml] = name.match(/^mldsa_(\d\d)_/) ?? [];
    const family = { RS: hashes[rs], PS: hashes[ps], HS: hashes[hs], Ed: ed, "ML-DSA-": ml };
    const [prefix, size] = Object.entries(family).find(([, size]) => size) ?? [];
    return prefix ? prefix + size : curves[es];
  }
  function jwkOf(name, { publicKey }, { key }) {
    if (name.startsWith("hmac_")) return { kty: "oct", k: base64url(octets(key)) };
    if (name.startsWith("ed")) return { kty: "OKP", crv: algOf(name), x: base64url(octets(publicKey.pk)) };
    if (name.startsWith("mldsa_")) return { kty: "AKP", alg: algOf(name), pub: base64url(octets(publicKey)) };
    if (name.startsWith("rsa_")) {
      return { kty: "RSA", n: unsignedOctets(publicKey.modulus), e: unsignedOctets(publicKey.publicExponent) };
    }
    const point = octets(publicKey.uncompressed).subarray(1);
    const crv = { secp256r1: "P-256", secp384r1: "P-384", secp521r1: "P-521" }[publicKey.curve] ?? publicKey.curve;
    return { kty: "EC", crv, x: base64url(point.subarray(0, point.length / 2)), y: base64url(point.subarray(point.length / 2)) };
  }
  // Their signatures have a salt or an MGF1 that RFC 7518 section 3.5 excludes, but for one, which is invalid
  // there because its salt was changed to have the length that PS256 wants.
  const validInJose = { file: "rsa_pss_2048_sha256_mgf1_0_test", tcId: 69, comment: "s_len changed to 32" };
  const otherScheme = ["rsa_pss_2048_sha256_mgf1_0", "rsa_pss_4096_sha512_mgf1_32", "rsa_pss_2048_sha256_mgf1sha1_20"];

  let total = 0;
  const rows = [];
  for (const file of readdirSync(fileOf("tests/vectors/wycheproof")).sort()) {
    const name = file.replace(/\.json\.gz$/, "");
    const alg = algOf(name);
    if (!alg) continue; // the primitive alone
    test(name, () => {
      const { testGroups, numberOfTests } = vectors(`wycheproof/${name}`);
      const excluded = otherScheme.some((other) => name.startsWith(`${other}_`));
      let valid = 0;
      let count = 0;
      let keptOut = 0; // the key, or the context, is none that JOSE has
      let otherwise = 0;
      for (const group of testGroups) {
        for (const { tcId, msg, sig, tag, key, ctx, result, comment } of group.tests) {
          count++;
          const jwk = jwkOf(name, group, { key });
          const verdict = rawVerdict(alg, octets(msg), octets(sig ?? tag), jwk);
          if (key && key.length * 4 < tagBits[alg]) {
            // RFC 7518 section 3.2 keeps such a key out of the set.
            assert.notEqual(verdict, "valid", `test ${tcId}`);
            keptOut++;
            continue;
          }
          if (ctx || result === "invalid" && /^mldsa/.test(name) && !lengths.includes(group.publicKey.length / 2)) {
            // RFC 9964 has no context, and a key of another length stays out of the set.
            assert.notEqual(verdict, "valid", `test ${tcId}`);
            keptOut++;
            continue;
          }
          const isFull = !tag || group.tagSize === tagBits[alg];
          const isPs256 = name === validInJose.file && tcId === validInJose.tcId;
          if (isPs256) assert.equal(comment, validInJose.comment);
          const expected = isPs256 || (result === "valid" && isFull && !excluded);
          if (expected) valid++;
          if (expected !== (result === "valid")) otherwise++;
          const refusals = ["signature_invalid", "signature_length_invalid"];
          assert.ok(expected ? verdict === "valid" : refusals.includes(verdict), `test ${tcId}: ${verdict}`);
        }
      }
      assert.equal(count, numberOfTests);
      if (!excluded) assert.ok(valid > 0);
      total += count;
      rows.push([name.replace(/_test$/, ""), alg, count, valid, count - valid - keptOut, keptOut, otherwise]);
    });
  }
  test("all of them ran", (context) => {
    assert.equal(rows.length, 31);
    assert.ok(total > 6000);
    context.diagnostic(`${total} cases in ${rows.length} files`);
  });
  test("and are on the page about conformance", () => {
    const page = fileOf("core/docs/conformance.md");
    const written = readFileSync(page, "utf8");
    const sums = rows.reduce((sum, row) => sum.map((value, i) => value + row[i + 2]), [0, 0, 0, 0, 0]);
    const head = ["file", "as", "cases", "accepted", "refused", "no key or input of JOSE", "answered otherwise than the file says"];
    const lines = [head, head.map(() => "---"), ...rows, ["**all**", "", ...sums]].map((row) => `| ${row.join(" | ")} |`);
    const table = /(?<=<!-- from the test run -->\n)[^]*(?=\n<!-- to here -->)/;
    const expected = written.replace(table, lines.join("\n"));
    if (process.env.TOUCHSTONE_RECORD) writeFileSync(page, expected);
    else assert.equal(written, expected, "TOUCHSTONE_RECORD=1 node --test tests/js/vectors.test.js writes it anew");
  });
});

describe("the RFCs", () => {
  const { files } = vectors("rfc/rfc_jws_jwk_vectors");
  const privateNames = ["d", "p", "q", "dp", "dq", "qi", "oth"];
  const publicPart = (jwk) => Object.fromEntries(Object.entries(jwk).filter(([name]) => !privateNames.includes(name)));
  // The headers of RFC 7515 A.6 and A.7 name keys which the RFC prints without their names.
  const kids = { RSA: "2010-12-29", EC: "e9bc097a-ce51-4036-9562-d2ade882db0d" };
  const keysOf = (name) => {
    const keys = (files[name].keys ?? [files[name]]).map(publicPart);
    return { keys: /A\.[67]/.test(name) ? keys.map((jwk) => ({ ...jwk, kid: kids[jwk.kty] })) : keys };
  };
  const algorithms = ["RS256", "PS384", "ES256", "ES512", "HS256"];
  const run = (name, keys) =>
    verifyJwsSync(files[name], keysOf(keys), { algorithms, payload: files[name.replace(/\.jws.$/, ".payl")] });

  const single = Object.keys(files).filter((name) => /\.jws.$/.test(name) && !/A\.5|A\.6|4\.8/.test(name));
  for (const name of single) {
    test(name, () => {
      const own = name.replace(/jws.$/, "jwk");
      const { key, payload } = run(name, own);
      assert.equal(key.kty, files[own].kty);
      assert.ok(payload.length > 0);
      assert.throws(() => run(name, "rfc7517_A.1.jwkset"), { name: "TouchstoneError" });
    });
  }
  test("are all there", () => assert.equal(single.length, 24));

  test("RFC 7515 A.1 to A.3 as JWT, which ended in 2011", () => {
    for (const name of ["rfc7515_A.1", "rfc7515_A.2", "rfc7515_A.3"]) {
      const at = (seconds) => () =>
        verifySync(files[`${name}.jwsc`], keysOf(`${name}.jwk`), { algorithms, currentDate: new Date(seconds * 1000) });
      assert.equal(at(1_300_819_379)().payload.iss, "joe");
      assert.equal(refusal(at(1_300_819_380)).reason, "token_expired");
    }
  });

  test("RFC 7515 A.5 is not signed", () => {
    const jws = files["rfc7515_A.5.jwsc"];
    assert.equal(refusal(() => run("rfc7515_A.5.jwsc", "rfc7515_A.2.jwk")).reason, "alg_none");
    assert.equal(refusal(() => verifySync(jws, keysOf("rfc7515_A.2.jwk"))).reason, "alg_none");
    assert.equal(decode(jws).unverifiedHeader.alg, "none");
  });

  test("RFC 7515 A.6 and RFC 7520 4.8, several signatures", () => {
    const validOf = (name, keys) => run(name, keys).signatures.map((signature) => "key" in signature);
    assert.deepEqual(validOf("rfc7515_A.6.jwsg", "rfc7515_A.6.jwkset"), [true, true]);
    assert.deepEqual(validOf("rfc7515_A.6.jwsg", "rfc7515_A.6.2.jwk"), [false, true]);
    assert.deepEqual(validOf("rfc7520_4.8.jwsg", "rfc7520_4.8.1.jwk"), [true, false, false]);
    assert.deepEqual(validOf("rfc7520_4.8.jwsg", "rfc7520_4.8.2.jwk"), [false, true, false]);
    assert.deepEqual(validOf("rfc7520_4.8.jwsg", "rfc7520_4.8.3.jwk"), [false, false, true]);
    // The set of all three mixes a secret with public keys.
    const { signatures } = run("rfc7520_4.8.jwsg", "rfc7520_4.8.jwkset");
    assert.equal(signatures[2].error.reason, "jwks_mixed_symmetric");
  });

  test("RFC 7515 A.7 with the key as it is printed: a name is asked for, and none is there", () => {
    const keys = publicPart(files["rfc7515_A.7.jwk"]);
    assert.equal(refusal(() => verifyJwsSync(files["rfc7515_A.7.jwsf"], keys)).reason, "no_matching_key");
  });

  test("RFC 7517 appendix A, the sets", () => {
    const shown = (name) => {
      const { keys, skipped } = KeySet.parse(files[name]);
      return [keys.map(({ kty }) => kty), skipped.map(({ reason }) => reason)];
    };
    assert.deepEqual(shown("rfc7517_A.1.jwkset"), [["RSA"], ["use_mismatch"]]);
    assert.deepEqual(shown("rfc7517_A.2.jwkset"), [[], ["private_member", "private_member"]]);
    assert.deepEqual(shown("rfc7517_A.3.jwkset"), [["oct"], ["hmac_key_too_short"]]);
    assert.deepEqual(shown("rfc7517_B.jwk"), [["RSA"], []]);
  });

  test("RFC 7797 section 4, RFC 7638, RFC 8037 and RFC 9278", () => {
    const { jws, thumbprints } = vectors("rfc/rfc_inline");
    for (const row of jws) {
      const { payload } = verifyJwsSync(row.jws, row.jwk, {
        algorithms: ["HS256", "EdDSA"],
        payload: row.detached_payload,
      });
      const expected = row.jwk.kty === "OKP" ? "Example of Ed25519 signing" : "$.02";
      assert.equal(Buffer.from(payload).toString(), expected);
    }
    assert.equal(jws.length, 3);
    assert.equal(thumbprints.length, 2);
    for (const { jwk, sha256, uri } of thumbprints) {
      assert.equal(thumbprint(jwk), sha256);
      if (uri) assert.equal(thumbprintUri(jwk), uri);
    }
    assert.equal(thumbprint(files["rfc7638_3.1.jwk"]), files["rfc7638_3.1.thp"]);
  });
});
