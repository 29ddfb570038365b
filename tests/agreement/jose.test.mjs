// Agreement with npm jose, which users come from: what it signs verifies here; what it refuses is refused here,
// with the same code; where the two differ is listed below, row by row, and nowhere else.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import * as jose from "jose";
import { verifyJwsSync, verifySync } from "touchstone";
import { attacks, classes } from "./attacks.mjs";
import { keys, now, publicJwk, signerOf, signers } from "./signers.mjs";

const currentDate = new Date(now * 1000);
const date = { currentDate };
// jose 6 dropped ES256K and Ed448; it has ML-DSA where WebCrypto has it, as that of Node 20 has not.
const signersOfJose = signers.filter(({ alg }) => !["ES256K", "Ed448", "ML-DSA-44"].includes(alg));
const privateKey = ({ privateJwk, alg }) => jose.importJWK(privateJwk, alg);
const header = ({ alg }) => ({ alg, kid: "k1", typ: "JWT" });

/** jose takes HMAC secrets as a key only, never from a set. */
const keyForJose = ({ kty, jwk }) => (kty === "oct" ? jwk : jose.createLocalJWKSet({ keys: [jwk] }));

describe("what jose signs verifies here, with the same claims", () => {
  const payloads = {
    usual: { iss: "https://id.example", sub: "ada", aud: ["api", "b"], iat: now, nbf: now, exp: now + 60, jti: "1" },
    "nothing in it": {},
    "other alphabets": { name: "Ада Λ \u{1f600} \u0000 \"\\/", "ключ": "\ufeff" },
    numbers: { a: 0.1, b: -1e-7, c: 1e21, d: Number.MAX_SAFE_INTEGER, e: -0, exp: now + 0.5 },
    nested: { a: { b: [{ c: [null, true, [[]]] }] }, constructor: 1, toString: "x" },
    large: { list: Array.from({ length: 2000 }, (_, i) => i) },
  };
  for (const signer of signersOfJose) {
    test(signer.alg, async () => {
      const key = await privateKey(signer);
      for (const [name, payload] of Object.entries(payloads)) {
        const jwt = await new jose.SignJWT(payload).setProtectedHeader(header(signer)).sign(key);
        const theirs = await jose.jwtVerify(jwt, keyForJose(signer), date);
        const ours = verifySync(jwt, signer.jwks, { ...signer.options, currentDate });
        assert.deepEqual(ours.payload, theirs.payload, name);
        assert.deepEqual(ours.protectedHeader, theirs.protectedHeader, name);
      }
    });
    test(`${signer.alg}: any payload, each serialization`, async () => {
      const key = await privateKey(signer);
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
      const unencoded = { ...header(signer), b64: false, crit: ["b64"] };
      const flattened = await new jose.FlattenedSign(bytes).setProtectedHeader(header(signer)).setUnprotectedHeader({ x: 1 }).sign(key);
      const general = await new jose.GeneralSign(bytes).addSignature(key).setProtectedHeader(header(signer)).done().sign();
      const compact = await new jose.CompactSign(bytes).setProtectedHeader(header(signer)).sign(key);
      for (const jws of [compact, flattened, general]) {
        assert.deepEqual(verifyJwsSync(jws, signer.jwks, signer.options).payload, bytes);
      }
      // jose leaves payload empty; RFC 7515 appendix F deletes it, and we take an empty one for the payload.
      const { payload: empty, ...detached } = await new jose.FlattenedSign(bytes).setProtectedHeader(unencoded).sign(key);
      assert.equal(empty, "");
      assert.throws(() => verifyJwsSync({ ...detached, payload: empty }, signer.jwks, { ...signer.options, payload: bytes }), {
        reason: "payload_unexpected",
      });
      const answer = verifyJwsSync(detached, signer.jwks, { ...signer.options, payload: bytes });
      assert.deepEqual(answer.payload, bytes);
      const changed = { ...signer.options, payload: bytes.slice(1) };
      assert.throws(() => verifyJwsSync(detached, signer.jwks, changed), { reason: "signature_invalid" });
    });
  }
  test("jose calculates the same thumbprints", async () => {
    const { thumbprint } = await import("touchstone");
    for (const jwk of Object.values(keys).filter(({ kty }) => kty)) {
      for (const hash of ["sha256", "sha384", "sha512"]) {
        const theirs = await jose.calculateJwkThumbprint(publicJwk(jwk), hash);
        assert.equal(thumbprint(publicJwk(jwk), hash.replace("sha", "sha-")), theirs);
      }
    }
  });
});

// Where jose accepts and we refuse: the attacks by class and name, and our reason.
const stricter = [
  ["text: foreign texts", /^signature =|( behind|in the signature)$/, "token_malformed", "padding and white space in the signature"],
  ["text: not canonical", /^signed |^signature /, "token_base64_invalid", "spare bits that are not zero"],
  ["header: wrong types", /^(typ|cty|jku|x5u|x5t|x5t#S256|jwk|x5c): /, "header_param_invalid", "registered parameters of another type"],
  ["header: wrong types", /^kid: /, "header_param_invalid", "kid of another type, where the key is handed over without a set"],
  ["header: crit", /^twice, b64$/, "crit_invalid", "a name twice in crit"],
  ["header: b64", /^false, not critical$/, "b64_not_allowed", "b64 false that is not critical"],
  ["header: b64", /, not critical$/, "header_param_invalid", "b64 of another type that is not critical"],
  ["header: nested", /^JWT$/i, "nested_unsupported", "cty JWT around something that is no token"],
  ["header: JSON", /./, "header_duplicate_member", "names twice in the header"],
  ["header: JSON", /^lone surrogate/, "header_json_invalid", "lone surrogates in the header"],
  ["header: JSON", /^a byte-order mark$|^"\ufeff" in front$/, "header_json_invalid", "a byte-order mark before the header"],
  ["header: JSON", /^value "-?[0-9]+[eE]/, "header_json_invalid", "numbers in the header that no double holds"],
  ["header: JSON", /deep$/, "header_too_deep", "headers deeper than 8"],
  ["header: JSON", /deep$|a byte$/, "header_too_large", "headers larger than 8 KiB"],
  ["payload: JSON", /./, "payload_duplicate_member", "claims twice"],
  ["payload: JSON", /^lone surrogate/, "payload_json_invalid", "lone surrogates in claims"],
  ["payload: JSON", /^a byte-order mark$|^"\ufeff" in front$/, "payload_json_invalid", "a byte-order mark before the claims"],
  ["payload: JSON", /^value "-?[0-9]+[eE]/, "payload_json_invalid", "numbers that no double holds"],
  ["payload: JSON", /deep$/, "payload_too_deep", "claims deeper than 32"],
  ["claims: dates", /e400$/, "payload_json_invalid", "dates that no double holds"],
  ["claims: dates", /^(exp|nbf|iat): -?[0-9]/, "claim_type_invalid", "dates beyond 2^53"],
  ["claims: iss, sub, jti", /^(iss|sub|jti): /, "claim_type_invalid", "iss, sub and jti that are no text and that nobody asked for"],
  ["claims: aud", /./, "claim_type_invalid", "aud of another type that nobody asked for, or of mixed types"],
  ["key: material", /^(n|e|x|y): /, "no_matching_key", "key material that is not canonical base64url"],
  ["key: material", /^private member (p|q|dp|dq|qi|oth)/, "no_matching_key", "a key with private members other than d"],
  ["key: material", /twice/, "no_matching_key", "a member of a key twice"],
  ["key: choice", /^1,000 keys beside it$/, "jwks_too_large", "more than 1,000 keys"],
  // RFC 7518 section 6.2.1.2 wants the coordinate's full length; that it is what shortens or lengthens a point is
  // up to the runtime under jose, so that only those that it takes are here
  ["key: points", /^[xy] (longer|shorter)$/, "no_matching_key", "coordinates of another length"],
  ["key: Edwards points", /^of small order: .*, (forged|all zero)$/, "no_matching_key", "keys of small order, for which anyone can sign"],
  ["key: Edwards points", /^a key on Ed448 beside it$/, "multiple_matching_keys", "two keys for EdDSA, which to jose is Ed25519 alone"],
  ["key: Edwards points", /^another of the same kid for Ed25519$/, "multiple_matching_keys", "two keys for EdDSA, of which one names its curve as its alg"],
];

// Where jose refuses and we accept.
const wider = [
  ["header: alg", /, the other name, signed$/, "ERR_JWKS_NO_MATCHING_KEY", "Ed25519 in the header (RFC 9864) and EdDSA in the key: one algorithm, two to jose"],
  ["key: members", /, the other name$/, "ERR_JWKS_NO_MATCHING_KEY", "Ed25519 in the key and EdDSA in the header"],
  ["header: crit", /^known to the caller: $/, "ERR_JWS_INVALID", "a critical parameter with an empty name"],
  ["key: members", /^key_ops: something unknown as well$/, "", "key_ops unknown to WebCrypto (RFC 7517 section 4.3 allows others)"],
  ["key: material", /, and a good key$/, "ERR_JWKS_MULTIPLE_MATCHING_KEYS", "a broken key of the same kid beside the good one"],
  ["key: choice", /^keys that are none beside it$/, "ERR_JWKS_INVALID", "a set in which not every element is a key"],
];

// Where both refuse, but for another reason first: ours, jose's code, and why.
const otherCodes = [
  ["token_malformed", "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "we look at the text before the signature"],
  ["token_base64_invalid", "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "the same"],
  ["b64_not_allowed", "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "we look at the header before the signature"],
  ["nested_unsupported", "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "the same"],
  ["nested_unsupported", "ERR_JWT_INVALID", "we look at cty, jose at the payload"],
  ["header_param_invalid", "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "we look at the header before the signature"],
  ["header_param_invalid", "ERR_JWKS_NO_MATCHING_KEY", "we look at kid's type, jose for a key of it"],
  ["header_duplicate_member", "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "we look at the header before the signature"],
  ["header_duplicate_member", "ERR_JOSE_NOT_SUPPORTED", "jose takes the last alg, which is none"],
  ["header_duplicate_member", "ERR_JOSE_ALG_NOT_ALLOWED", "the same, with algorithms given"],
  ["header_too_large", "ERR_JWKS_NO_MATCHING_KEY", "we have a limit"],
  ["token_too_large", "ERR_JWKS_NO_MATCHING_KEY", "the same"],
  ["jwe_unsupported", "ERR_JWS_INVALID", "we say that five segments are a JWE"],
  ["alg_unsupported", "ERR_JOSE_ALG_NOT_ALLOWED", "what does not exist cannot be allowed either"],
  ["alg_unsupported", "ERR_JWS_INVALID", "an empty alg"],
  ["alg_none", "ERR_JOSE_ALG_NOT_ALLOWED", "none is none, whatever was allowed"],
  ["alg_not_allowed", "ERR_JOSE_NOT_SUPPORTED", "jose has no HMAC with sets; ours must be asked for"],
  ["jwks_mixed_symmetric", "ERR_JOSE_NOT_SUPPORTED", "the same"],
  ["key_alg_mismatch", "ERR_JOSE_NOT_SUPPORTED", "ES256K and Ed448, which jose dropped"],
  ["option_invalid", "ERR_JOSE_NOT_SUPPORTED", "we refuse to be told to allow none"],
  ["crit_invalid", "ERR_JOSE_NOT_SUPPORTED", "names that crit must not list are to jose as good as unknown ones"],
  ["crit_unsupported", "ERR_JWS_INVALID", "an empty name"],
  ["payload_duplicate_member", "ERR_JWT_EXPIRED", "jose takes the last exp"],
  ["payload_json_invalid", "ERR_JWT_EXPIRED", "to JSON.parse 1e400 is infinite"],
  ["payload_json_invalid", "ERR_JWT_CLAIM_VALIDATION_FAILED", "the same"],
  ["claim_type_invalid", "ERR_JWT_EXPIRED", "dates beyond -2^53"],
  ["signature_invalid", "ERR_JWKS_NO_MATCHING_KEY", "EdDSA and Ed25519 are two algorithms to jose"],
  ["signature_length_invalid", "ERR_JWKS_NO_MATCHING_KEY", "to jose EdDSA is Ed25519 alone, to us the key says which"],
  ["no_matching_key", "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "jose decodes a key leniently and gets another one"],
  ["no_matching_key", "ERR_JWKS_INVALID", "a private key"],
];

const errorsDef = readFileSync(new URL("../../core/include/touchstone/errors.def", import.meta.url), "utf8");
const codes = new Map([...errorsDef.matchAll(/^TOUCHSTONE_ERROR\(\d+, (\w+), \w+, "(\w+)"/gm)].map(([, reason, code]) => [reason, code]));

/** jose's options for ours; undefined when it has none of the kind. */
function optionsForJose({ crit, multipleKeys, requireKeyAlg, maxTokenSize, rejectFutureIat, profile, ...options }) {
  if ([multipleKeys, requireKeyAlg, maxTokenSize, rejectFutureIat, profile].some((value) => value !== undefined)) return undefined;
  return { ...options, ...(crit ? { crit: Object.fromEntries(crit.map((name) => [name, true])) } : {}), ...date };
}

async function codeOfJose({ token, jwks }, signer, options) {
  try {
    const key = signer.kty === "oct" ? signer.jwk : jose.createLocalJWKSet(JSON.parse(jwks));
    await jose.jwtVerify(token.toString("latin1"), key, options);
    return "valid";
  } catch (error) {
    // The rest is what WebCrypto throws at a key.
    return error instanceof jose.errors.JOSEError ? error.code : "";
  }
}

describe("what jose refuses we refuse", () => {
  // The systematic ones are the same to any verifier.
  const bulk = /each|foreign bytes|another length|sizes|^set: broken/;
  // An HMAC secret that is handed over bare has no kid and no set.
  const aboutSets = /^key|header: (kid|alg)$/;
  const wanted = Object.keys(classes).filter((name) => !bulk.test(name));
  const seen = new Set();
  const count = { both: 0, refused: 0, differ: 0 };

  const rowFor = (rows, attack, verdict) =>
    rows.find(([name, pattern, ours]) => name === attack.class && pattern.test(attack.name) && ours === verdict);
  const seeRow = (row, attack, jose) => {
    assert.ok(row, `${attack.alg}, ${attack.class}, ${attack.name}: ${attack.expected} here, ${jose || "an error of WebCrypto"} by jose`);
    seen.add(row);
  };

  for (const alg of ["RS256", "ES256", "EdDSA", "HS256"]) {
    test(`${alg}: every attack, but for the differences listed`, async () => {
      const signer = signerOf(alg);
      const classesOf = wanted.filter((name) => signer.kty !== "oct" || !aboutSets.test(name));
      for (const attack of attacks(classesOf, [signer])) {
        const options = optionsForJose(attack.options);
        if (!options) continue;
        const theirs = await codeOfJose(attack, signer, options);
        // Ours is what every build was found to say: attacks.test.mjs.
        const ours = attack.expected === "valid" ? "valid" : codes.get(attack.expected);
        if (theirs === ours) {
          count[ours === "valid" ? "both" : "refused"]++;
        } else if (theirs === "valid") {
          count.differ++;
          seeRow(rowFor(stricter, attack, attack.expected), attack, theirs);
        } else if (ours === "valid") {
          count.differ++;
          seeRow(rowFor(wider, attack, theirs), attack, theirs);
        } else if (theirs) {
          count.refused++;
          seeRow(otherCodes.find(([reason, code]) => reason === attack.expected && code === theirs), attack, theirs);
        }
      }
    });
  }
  test("each difference listed is one", (t) => {
    t.diagnostic(`${count.both} accepted by both, ${count.refused} refused by both, ${count.differ} judged differently`);
    const unseen = [...stricter, ...wider, ...otherCodes].filter((row) => !seen.has(row));
    assert.deepEqual(unseen.map((row) => row.map(String).join(" | ")), []);
  });
});

describe("options mean the same", () => {
  const signer = signerOf("ES256");
  const { issuer, claims } = { issuer: "https://id.example", claims: signer.claims };
  const cases = [
    [{ issuer }, {}],
    [{ issuer: [issuer, "b"] }, {}],
    [{ issuer: "b" }, {}],
    [{ issuer: ["a", "b"] }, {}],
    [{ issuer }, { iss: undefined }],
    [{ audience: "api" }, {}],
    [{ audience: ["x", "api"] }, {}],
    [{ audience: "x" }, {}],
    [{ audience: "api" }, { aud: ["x", "api"] }],
    [{ audience: "api" }, { aud: [] }],
    [{ audience: "api" }, { aud: undefined }],
    [{ subject: "ada" }, {}],
    [{ subject: "eve" }, {}],
    [{ subject: "ada" }, { sub: undefined }],
    [{ requiredClaims: ["exp", "jti"] }, {}],
    [{ requiredClaims: ["exp", "jti"] }, { jti: "1" }],
    [{ typ: "JWT" }, {}],
    [{ typ: "application/jwt" }, {}],
    [{ typ: "at+jwt" }, {}],
    [{ algorithms: ["ES256"] }, {}],
    [{ algorithms: ["ES256", "RS256"] }, {}],
    [{ algorithms: ["RS256"] }, {}],
    ...["60", 60, "60s", "1m", "1 minute", "1 min"].flatMap((maxTokenAge) => [
      [{ maxTokenAge }, { iat: now - 60 }],
      [{ maxTokenAge }, { iat: now - 61 }],
      [{ maxTokenAge }, { iat: now + 1 }],
      [{ maxTokenAge }, { iat: undefined }],
      [{ maxTokenAge, clockTolerance: 5 }, { iat: now - 65 }],
      [{ maxTokenAge, clockTolerance: 5 }, { iat: now - 66 }],
      [{ maxTokenAge, clockTolerance: 5 }, { iat: now + 5 }],
      [{ maxTokenAge, clockTolerance: 5 }, { iat: now + 6 }],
    ]),
    ...[0, 10, "10s", "10 seconds"].flatMap((clockTolerance) =>
      [-11, -10, -9, -1, 0, 1, 9, 10, 11].flatMap((seconds) => [
        [{ clockTolerance }, { exp: now + seconds }],
        [{ clockTolerance }, { nbf: now + seconds }],
      ]),
    ),
    [{ crit: { x: true } }, {}],
  ].filter(([{ maxTokenAge }]) => maxTokenAge !== "60"); // without a unit jose refuses it, see below

  test("verdict, code, claim and payload", async () => {
    const key = keyForJose(signer);
    for (const [options, members] of cases) {
      const jwt = signer.token(signer.header, { ...claims, ...members });
      const theirs = await jose.jwtVerify(jwt, key, { ...options, ...date }).catch((error) => error);
      let ours;
      try {
        ours = verifySync(jwt, signer.jwks, { ...options, ...date });
      } catch (error) {
        ours = error;
      }
      const what = JSON.stringify([options, members]);
      assert.equal(ours.code, theirs.code, what);
      assert.equal(ours.claim, theirs.claim, what);
      assert.deepEqual(ours.payload, theirs.payload, what);
    }
    assert.ok(cases.length > 100);
  });

  test("differences: a number as text, and tolerance above 5 minutes", async () => {
    const { valid, jwks } = signer;
    await assert.rejects(jose.jwtVerify(valid, keyForJose(signer), { maxTokenAge: "60", ...date }), TypeError);
    assert.doesNotThrow(() => verifySync(valid, jwks, { maxTokenAge: "60", ...date }));
    await jose.jwtVerify(valid, keyForJose(signer), { clockTolerance: 301, ...date });
    assert.throws(() => verifySync(valid, jwks, { clockTolerance: 301, ...date }), { reason: "option_invalid" });
  });
});
