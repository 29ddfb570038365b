// Where Touchstone and jose differ: what the migration page lists, row by row, with what proves it.
//   what, why  as on js/docs/migrating-from-jose.md, which a test compares
//   cases      input, jose's verdict, ours

import { generateKeyPairSync, sign, webcrypto } from "node:crypto";
import { base64url, claims, json, now } from "../support.mjs";
import { at, flattenedOf, jose, jwkOf, jwsOf, signer } from "./support.mjs";

const ok = "accepted";
const invalid = "ERR_JWS_INVALID";
const noSignature = "ERR_JWS_SIGNATURE_VERIFICATION_FAILED";
const noKey = "ERR_JWKS_NO_MATCHING_KEY";
const unsupported = "ERR_JOSE_NOT_SUPPORTED";
const refused = "ERR_JWT_CLAIM_VALIDATION_FAILED";

const key = jwkOf("ES256");
const plain = jwkOf("ES256", { kid: undefined, alg: undefined, use: undefined });
const es = (payload, header) => jwsOf("ES256", payload, header);
/** Segments as they are given, with a signature over them. */
const signed = (header,
  payload = json({})) => `${header}.${payload}.${base64url(signer("ES256").sign(`${header}.${payload}`))}`;
const jwt = (token, options, by = key) => (m) => m.jwtVerify(token, by, at(options));
const inSet = (keys, token = es(), options) => (m) => m.jwtVerify(token, m.createLocalJWKSet({ keys }), at(options));
const remote = (text, token = es(), url = "https://id.example/jwks") => (m) =>
  m.jwtVerify(token, m.createRemoteJWKSet(new URL(url), { [m.customFetch]: async () => new Response(text) }), at());
const nested = (depth) => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
const twin = (members) => inSet([{ ...plain, ...members }, plain], es(claims, { kid: undefined }));

const payload = base64url("payload");
const { payload: _, ...signature } = flattenedOf("ES256", { protected: { alg: "ES256" }, payload });
const general = (signatures) => (m) => m.generalVerify({ payload, signatures }, key);
const b64 = { alg: "ES256", b64: false, crit: ["b64"] };
const unencoded = (text) => {
  const { protected: header, signature: made } = flattenedOf("ES256", { protected: b64, payload: text });
  return `${header}.${text}.${made}`;
};

const curve448 = generateKeyPairSync("ed448");
const ed448 = (() => {
  const input = `${json({ alg: "Ed448" })}.${json(claims)}`;
  return `${input}.${base64url(sign(null, Buffer.from(input), curve448.privateKey))}`;
})();
const rsa1024 = { ...generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "jwk" }) };
const rsaPrivate = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
const rsaPlain = jwkOf("RS256", { kid: undefined, alg: undefined, use: undefined });
const ofRsa = jwsOf("RS256", claims, { kid: undefined });
const spki = (alg) => generateKeyPairSync("ec", { namedCurve: alg }).publicKey.export({ type: "spki", format: "pem" });
const shortSecret = (alg, hash, octets) => async (m) => {
  const secret = await webcrypto.subtle.importKey("raw", new Uint8Array(octets), { name: "HMAC", hash }, true, ["sign"]);
  const input = `${json({ alg })}.${json({})}`;
  const made = await webcrypto.subtle.sign("HMAC", secret, Buffer.from(input));
  return m.jwtVerify(`${input}.${base64url(new Uint8Array(made))}`, new Uint8Array(octets), at());
};

/** Refused here, accepted by jose. */
export const stricter = [
  {
    what: "A name stands twice in the header, the claims or a JWK",
    why: "Two readers may see two tokens (RFC 7515 section 4, RFC 7519 section 4)",
    cases: [
      ["header", jwt(signed(base64url('{"alg":"ES256","alg":"ES256"}'))), ok, invalid],
      ["claims", jwt(es('{"sub":"a","sub":"b"}')), ok, "ERR_JWT_INVALID"],
      ["JWK", remote(JSON.stringify({ keys: [key] }).replace('"kty"', '"kty":"EC","kty"')), ok, noKey],
    ],
  },
  {
    what: "Base64url with padding, white space or spare bits",
    why: "One token has one text (RFC 7515 section 2); else lists of revoked tokens can be gone round",
    cases: [
      ["signature with padding", jwt(`${es()}==`), ok, invalid],
      ["signature with a line end", jwt(`${es()}\n`), ok, invalid],
      ["signature with spare bits", jwt(es().replace(/.$/, (last) => ({ A: "B", Q: "R", g: "h", w: "x" })[last])),
        ok, invalid],
      ["payload with padding", jwt(signed(json({ alg: "ES256" }), "e30=")), ok, invalid],
      ["a set's coordinate with padding", inSet([{ ...key, x: `${key.x}=` }]), ok, noKey],
    ],
  },
  {
    what: "JSON with a byte order mark or a lone surrogate",
    why: "It is not strict JSON in UTF-8 (RFC 8259 sections 8.1 and 8.2)",
    cases: [
      ["byte order mark", jwt(es("\ufeff{}")), ok, "ERR_JWT_INVALID"],
      ["lone surrogate", jwt(es('{"a":"\\ud800"}')), ok, "ERR_JWT_INVALID"],
    ],
  },
  {
    what: "A token of more than 64 KiB, a header of more than 8 KiB, JSON nested deeper than 32 (8 in the header), a JWK Set of more than 1 MiB or 1,000 keys",
    why: "What arrives is bounded before it is read. `maxTokenSize`, an option of Touchstone's own, raises the first",
    cases: [
      ["token", jwt(es({ x: "x".repeat(65_536) })), ok, invalid],
      ["token in octets", jwt(Buffer.from(es({ x: "x".repeat(65_536) }))), ok, invalid],
      ["token, and maxTokenSize", jwt(es({ x: "x".repeat(65_536) }), { maxTokenSize: 100_000 }), ok, ok],
      ["header", jwt(es({}, { x: "x".repeat(8192) })), ok, invalid],
      ["header's depth", jwt(es({}, { x: nested(8) })), ok, invalid],
      ["claims' depth", jwt(es({ x: nested(32) })), ok, "ERR_JWT_INVALID"],
      ["keys", inSet([...Array.from({ length: 1000 }, (_, i) => ({ ...key, kid: String(i) })), key]), ok,
        "ERR_JWKS_INVALID"],
      ["set", inSet([{ ...key, x5c: ["x".repeat(1 << 20)] }]), ok, "ERR_JWKS_INVALID"],
      ["set at a URL", remote(JSON.stringify({ keys: [{ ...key, x5c: ["x".repeat(1 << 20)] }] })), ok,
        "ERR_JWKS_INVALID"],
      ["JWS of much payload", (m) => m.compactVerify(es("x".repeat(65_536)), key), ok, invalid],
      ["JWS of much payload, and maxTokenSize", (m) => m.compactVerify(es("x".repeat(65_536)), key,
        { maxTokenSize: 100_000 }), ok, ok],
    ],
  },
  {
    what: "A registered header parameter of the wrong type: `kid: 1`",
    why: "RFC 7515 section 4.1",
    cases: Object.entries({ kid: 1, typ: 1, cty: {}, jku: 1, x5u: [], jwk: "x", x5c: "x", x5t: 1 }).map(([name,
      value]) => [
      name, jwt(es({}, { [name]: value })), ok, invalid,
    ]),
  },
  {
    what: "A registered claim of the wrong type that no option asks for: `sub: 1`",
    why: "RFC 7519 section 4.1; who reads it later may take it for text",
    cases: [
      ...Object.entries({ iss: 1, sub: 1, aud: [1], jti: 1, exp: 1e300, iat: "x" }).map(([name, value]) => [
        name, jwt(es({ [name]: value })), name === "iat" ? refused : ok, refused,
      ]),
      ["aud with something else beside", jwt(es({ aud: ["api", 1] }), { audience: "api" }), ok, refused],
    ],
  },
  {
    what: "`crit` that names a registered parameter, or one in the unprotected header; `b64: false` without `crit`",
    why: "RFC 7515 section 4.1.11, RFC 7797 section 6. An extension has to be protected whatever the option `crit` says",
    cases: [
      ["registered", jwt(es({}, { crit: ["kid"] }), { crit: { kid: true } }), ok, invalid],
      ["twice", jwt(es({}, { crit: ["x", "x"], x: 1 }), { crit: { x: true } }), ok, invalid],
      ["unprotected", (m) => m.flattenedVerify(flattenedOf("ES256", { protected: { alg: "ES256", crit: ["x"] },
        header: { x: 1 }, payload }), key, { crit: { x: false } }), ok, invalid],
      ["b64", jwt(es({}, { b64: false })), ok, "ERR_JWT_INVALID"],
    ],
  },
  {
    what: "`cty: JWT`",
    why: "The payload is another token, which would have to be verified, too (RFC 7519 section 5.2)",
    cases: [["cty", jwt(es({}, { cty: "JWT" })), ok, unsupported]],
  },
  {
    what: "`clockTolerance` of more than 5 minutes",
    why: "\"No more than a few minutes\" (RFC 7519 section 4.1.4)",
    cases: [
      ["seconds", jwt(es(), { clockTolerance: 301 }), ok, "TypeError"],
      ["text", jwt(es(), { clockTolerance: "10 minutes" }), ok, "TypeError"],
    ],
  },
  {
    what: "An HMAC secret that is shorter than the hash",
    why: "RFC 7518 section 3.2: short secrets are guessed. 32, 48 and 64 octets are enough",
    cases: [
      ["HS256", shortSecret("HS256", "SHA-256", 31), ok, "TypeError"],
      ["HS384", shortSecret("HS384", "SHA-384", 47), ok, "TypeError"],
      ["HS512", shortSecret("HS512", "SHA-512", 63), ok, "TypeError"],
      ["long enough", shortSecret("HS512", "SHA-512", 64), ok, ok],
    ],
  },
  {
    what: "A CryptoKey that is not extractable and was not imported by `touchstone/jose`",
    why: "Touchstone verifies by its own arithmetic and has to see the key. Keep the JWK, PEM or octets, or import with `importJWK()` from here",
    cases: [
      ["public", async (m) => m.jwtVerify(es(), await jose.importJWK(key, "ES256", { extractable: false }), at()),
        ok, "TypeError"],
      ["secret", async (m) => {
        const octets = Buffer.from(jwkOf("HS256").k, "base64url");
        const secret = await webcrypto.subtle.importKey("raw", octets, { name: "HMAC", hash: "SHA-256" }, false,
          ["verify"]);
        return m.jwtVerify(jwsOf("HS256"), secret, at());
      }, ok, "TypeError"],
    ],
  },
  {
    what: "A JWK Set over http: from another machine, or at a URL with a password",
    why: "Whoever is on the way could put keys in. `allowHttp: true`, an option of Touchstone's own, allows the first",
    cases: [
      ["http:", remote(JSON.stringify({ keys: [key] }), es(), "http://id.example/jwks"), ok, "ERR_JOSE_GENERIC"],
      ["http:, and allowHttp", (m) => m.createRemoteJWKSet(new URL("http://id.example"), { allowHttp: true,
        [m.customFetch]: async () => Response.json({ keys: [key] }) }).reload(), ok, ok],
      ["password", remote(JSON.stringify({ keys: [key] }), es(), "https://a:b@id.example/jwks"), ok, "ERR_JOSE_GENERIC"],
    ],
  },
  {
    what: "More than eight keys that match: JWKSMultipleMatchingKeys has the first eight",
    why: "What one token may cost is bounded",
    cases: [8, 9].map((count) => [String(count), async (m) => {
      const error = await inSet(Array(count).fill(key))(m).then(String, (one) => one);
      const found = [];
      for await (const one of error) found.push(one);
      if (found.length !== count) throw new RangeError(String(found.length));
    }, ok, count === 8 ? ok : "RangeError"]),
  },
  {
    what: "A compact JWS with `b64: false` and control characters in its payload",
    why: "RFC 7797 section 5.2",
    cases: [["a line end", (m) => m.compactVerify(unencoded("a\nb"), key), ok, invalid]],
  },
  {
    what: "A general JWS of which one signature is malformed, or with more than 100 of them",
    why: "A malformed JWS is refused as a whole (RFC 7515 section 5.2)",
    cases: [
      ["a signature that is none", general([signature, { ...signature, signature: "!" }]), ok, invalid],
      ["a header that is none", general([{ ...signature, protected: "AAAA" }, signature]), ok, invalid],
      ["alg in both headers", general([{ ...signature, header: { alg: "ES256" } }, signature]), ok, invalid],
      ["100", general(Array(100).fill(signature)), ok, ok],
      ["101", general(Array(101).fill(signature)), ok, invalid],
    ],
  },
  {
    what: "`decodeJwt()` of a token whose header or signature cannot be read; `decodeProtectedHeader()` of what is not strict",
    why: "What is shown of a token should be what verification would see",
    cases: [
      ["header", async (m) => m.decodeJwt("a.e30.c"), ok, "ERR_JWT_INVALID"],
      ["claims", async (m) => m.decodeJwt(`${json({})}.${base64url('{"a":1,"a":2}')}.`), ok, "ERR_JWT_INVALID"],
      ["protected header", async (m) => m.decodeProtectedHeader(`${base64url('{"a":1,"a":2}')}..`), ok, "TypeError"],
    ],
  },
  {
    what: "Import of private keys, of keys for encryption, and of weak ones: RSA below 2048 or above 8192 bits, points of small order",
    why: "`touchstone/jose` verifies. A key with which it never would is refused when it is imported",
    cases: [
      ["private", (m) => m.importJWK(rsaPrivate, "RS256"), ok, unsupported],
      ["for encryption", (m) => m.importJWK(rsaPlain, "RSA-OAEP"), ok, unsupported],
      ["SPKI for encryption", (m) => m.importSPKI(spki("P-256"), "ECDH-ES"), ok, unsupported],
      ["use enc", (m) => m.importJWK({ ...plain, use: "enc" }, "ES256"), ok, "TypeError"],
      ["RSA of 1024 bits", (m) => m.importJWK(rsa1024, "RS256"), ok, "TypeError"],
      ["RSA of 8208 bits", (m) => m.importJWK({ kty: "RSA", n: base64url(Buffer.alloc(1026, 0xa1)), e: "AQAB" }, "RS256"), ok, "TypeError"],
      ["small order", (m) => m.importJWK({ kty: "OKP", crv: "Ed25519", x: base64url(Buffer.alloc(32, 0).fill(1, 0, 1)) }, "EdDSA"), ok, "TypeError"],
    ],
  },
  {
    what: "A thumbprint of members that are no base64url",
    why: "RFC 7638 section 3: it would be no key's",
    cases: [["x", (m) => m.calculateJwkThumbprint({ ...plain, x: "!" }), ok, "ERR_JWK_INVALID"]],
  },
];

/** Accepted here, refused by jose. */
export const more = [
  {
    what: "ES256K and Ed448, and ML-DSA in every runtime",
    why: "One set of algorithms everywhere. Where WebCrypto has none of them, `key` of a result is a stand-in for a CryptoKey that only `touchstone/jose` knows",
    cases: [
      ["ES256K", jwt(jwsOf("ES256K"), {}, jwkOf("ES256K")), unsupported, ok],
      ["ES256K, and another key", jwt(jwsOf("ES256K"), {}, key), unsupported, "TypeError"],
      ["ES256K, and no such key in a set", inSet([key], jwsOf("ES256K")), unsupported, noKey],
      ["Ed448", jwt(ed448, {}, curve448.publicKey.export({ format: "jwk" })), unsupported, ok],
      ["Ed448, a KeyObject", jwt(ed448, {}, curve448.publicKey), unsupported, ok],
      ["Ed448 in a set", inSet([curve448.publicKey.export({ format: "jwk" })], ed448), unsupported, ok],
      ["ES256K in PEM", async (m) => (await m.importSPKI(spki("secp256k1"), "ES256K")).type, unsupported, ok],
    ],
  },
  {
    what: "A key whose `alg` is `EdDSA` for a token of `Ed25519`, and the other way round",
    why: "They are one algorithm (RFC 9864)",
    cases: [
      ["JWK", jwt(jwsOf("Ed25519"), {}, jwkOf("EdDSA")), "TypeError", ok],
      ["set", inSet([jwkOf("Ed25519", { kid: "EdDSA" })], jwsOf("EdDSA")), noKey, ok],
    ],
  },
  {
    what: "A set with a key that is malformed, weak, private or no object: it is passed over, and no candidate beside a good one",
    why: "RFC 7517 section 5; one bad key must not take the others down",
    cases: [
      ["no object", inSet([1, null, key]), "ERR_JWKS_INVALID", ok],
      ["weak", inSet([rsa1024, rsaPlain], ofRsa), "ERR_JWKS_MULTIPLE_MATCHING_KEYS", ok],
      ["not on the curve", twin({ x: plain.y }), "ERR_JWKS_MULTIPLE_MATCHING_KEYS", ok],
      ["private", inSet([rsaPrivate, rsaPlain], ofRsa), "ERR_JWKS_MULTIPLE_MATCHING_KEYS", ok],
    ],
  },
  {
    what: "`ext` of a JWK, whatever it is",
    why: "It says nothing of verification",
    cases: [
      ["JWK", jwt(es(), {}, { ...key, ext: "x" }), "TypeError", ok],
      ["set", inSet([{ ...key, ext: 1 }]), noKey, ok],
    ],
  },
  {
    what: "Characters that Unicode has not assigned, in the payload of a JSON JWS with `b64: false`",
    why: "Which they are changes from one runtime to the next",
    cases: [["U+0378", (m) => m.flattenedVerify(flattenedOf("ES256", { protected: b64, payload: "\u0378" }), key),
      invalid, ok]],
  },
  {
    what: "A redirect of the JWK Set within its origin, three at most",
    why: "It is the same provider's",
    cases: [
      ["redirect", (m) =>
        m.createRemoteJWKSet(new URL("https://id.example/a"), {
          [m.customFetch]: async (to) => (to.endsWith("/a") ? new Response(null, { status: 301,
            headers: { Location: "/b" } }) : Response.json({ keys: [key] })),
        }).reload(), "ERR_JOSE_GENERIC", ok],
    ],
  },
];

/** Refused by both, with another error. */
export const otherwise = [
  {
    what: "A payload or signature that is no base64url: JWSInvalid, whatever else is wrong",
    why: "The form is checked before a key is looked at",
    cases: [
      ["JWT", jwt(es().replace(/\.[^.]*\./, ".!!.")), noSignature, invalid],
      ["flattened", (m) => m.flattenedVerify({ ...signature, payload: "x" }, key), noSignature, invalid],
      ["signature, and alg is not allowed", jwt(`${es()}!`, { algorithms: ["RS256"] }), "ERR_JOSE_ALG_NOT_ALLOWED", invalid],
      ["signature, and no key", inSet([], `${es()}!`), noKey, invalid],
      ["a JWT with b64 false", jwt(unencoded("hello")), "ERR_JWT_INVALID", invalid],
    ],
  },
  {
    what: "A JWK that is malformed or on another curve: a TypeError, where jose lets WebCrypto's DOMException through",
    why: "The same class in every runtime. `cause` has the exact reason",
    cases: [
      ["another curve", jwt(es(), {}, jwkOf("ES384", { alg: undefined })), "DOMException", "TypeError"],
      ["not on the curve", jwt(es(), {}, { ...plain, x: plain.y }), "DOMException", "TypeError"],
      ["an empty secret", jwt(jwsOf("HS256"), {}, new Uint8Array()), "DOMException", "TypeError"],
      ["imported for another curve", (m) => m.importJWK(plain, "ES384"), "DOMException", "TypeError"],
      ["PEM for another type", (m) => m.importSPKI(spki("P-256"), "RS256"), "DOMException", "TypeError"],
    ],
  },
  {
    what: "A set whose only key for the token is private, weak or malformed: JWKSNoMatchingKey",
    why: "Such a key is not in the set. `cause.detail.keys` says of each why it was passed over",
    cases: [
      ["private", inSet([rsaPrivate], ofRsa), "ERR_JWKS_INVALID", noKey],
      ["weak", inSet([rsa1024], ofRsa), "TypeError", noKey],
      ["not on the curve", inSet([{ ...key, x: key.y }]), "DOMException", noKey],
    ],
  },
  {
    what: "Options of a wrong type, or an empty list for `issuer` or `audience`: a TypeError before anything is verified",
    why: "A call that cannot be meant fails each time, not with some tokens only",
    cases: [
      ["issuer null", jwt(es(), { issuer: null }), refused, "TypeError"],
      ["issuer a URL", jwt(es(), { issuer: new URL("https://id.example") }), refused, "TypeError"],
      ["issuer []", jwt(es(), { issuer: [] }), refused, "TypeError"],
      ["audience []", jwt(es(), { audience: [] }), refused, "TypeError"],
      ["requiredClaims, a string", jwt(es(), { requiredClaims: "exp" }), refused, "TypeError"],
      ["requiredClaims, a number", jwt(es(), { requiredClaims: [1] }), refused, "TypeError"],
      ["subject 1", jwt(es(), { subject: 1 }), refused, "TypeError"],
      ["currentDate that is none, and a wrong signature", (m) => m.jwtVerify(`${es().slice(0, -8)}AAAAAAAA`, key,
        { currentDate: new Date(NaN) }), noSignature, "TypeError"],
      ["clockTolerance negative, and a broken token", jwt("x", { clockTolerance: -1 }), invalid, "TypeError"],
    ],
  },
  {
    what: "A token with several faults: claims of a wrong type come first, `exp` before `nbf`, the form of `crit` before its names",
    why: "The order is that of Touchstone in every language; else it is jose's",
    cases: [
      ["exp and nbf", jwt(es({ exp: now - 1, nbf: now + 1 })), refused, "ERR_JWT_EXPIRED"],
      ["crit names what is neither known nor there", jwt(es({}, { crit: ["x"] })), unsupported, invalid],
      ["exp, and iss of a wrong type", jwt(es({ exp: now - 1, iss: 1 })), "ERR_JWT_EXPIRED", refused],
    ],
  },
  {
    what: "An `alg` or a name in `crit` that is the empty string: it is unknown, not malformed",
    why: "It is a string",
    cases: [
      ["alg", jwt(es({}, { alg: "" })), invalid, unsupported],
      ["alg, and algorithms", jwt(es({}, { alg: "" }), { algorithms: ["ES256"] }), invalid, "ERR_JOSE_ALG_NOT_ALLOWED"],
      ["crit", jwt(es({}, { crit: [""], "": 1 })), invalid, unsupported],
    ],
  },
  {
    what: "A general JWS without signatures, with a malformed one, or with a payload that is no text: JWSInvalid, not a failed signature",
    why: "RFC 7515 section 7.2.1",
    cases: [
      ["no signatures", general([]), noSignature, invalid],
      ["a malformed one alone", general([{ ...signature, signature: "!" }]), noSignature, invalid],
      ["payload null", (m) => m.generalVerify({ payload: null, signatures: [signature] }, key), noSignature, invalid],
    ],
  },
];
