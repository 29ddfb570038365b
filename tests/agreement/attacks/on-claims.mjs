// The claims, signed by the key's owner: the signature is right, so all depends on what is in them.
import { now } from "../signers.mjs";
import { brokenObjects, duplicates, harmlessObjects } from "./on-json.mjs";

const withOptions = (signer, options) => (options ? { options: { ...signer.options, ...options } } : {});

const claims = (signer, name, members, expected, options) => ({
  name,
  token: signer.token(signer.header, { ...signer.claims, ...members }),
  expected,
  ...withOptions(signer, options),
});

/** The claims with one value spelled as given. */
const spelled = (signer, name, text, expected, options) => {
  const { [name]: _, ...others } = signer.claims;
  const payload = `${JSON.stringify(others).slice(0, -1)},"${name}":${text}}`;
  return { name: `${name}: ${text.slice(0, 40)}`, token: signer.token(signer.header, payload), expected, ...withOptions(signer, options) };
};

const wrongDates = [
  ...['"0"', '"1795459200"', '""', '"Infinity"', '"tomorrow"', "null", "true", "false", "[]", "[1795459200]", "{}", '{"a":1}'],
  // beyond 2^53 a double no longer counts seconds
  ...["9007199254740993", "-9007199254740993", "9007199254740994", "18446744073709551615", "18446744073709551616", "-9223372036854775808", "1e16", "1e308", "-1e308", "1e300"],
];
const noNumbers = ["1e400", "-1e400", "NaN", "Infinity", "-Infinity", "0x7fffffff", "01795459200", "+1795459200", "1795459200.", ".5", "1_795_459_200", "1795459200n"];

export function* dates(signer) {
  for (const name of ["exp", "nbf", "iat"]) {
    for (const text of wrongDates) yield spelled(signer, name, text, "claim_type_invalid");
    for (const text of noNumbers) yield spelled(signer, name, text, "payload_json_invalid");
  }
  const expired = (text, options) => spelled(signer, "exp", text, "token_expired", options);
  for (const text of ["0", "-0", "-1", "-0.0", "1", "1e9", "1E+9", "0.1", "-1e15", `${now}`, `${now}.0`, `${now - 1}`, `${now}e0`, `${now - 1}.999999`, "-9007199254740991"]) {
    yield expired(text);
  }
  yield expired(`${now - 60}`, { clockTolerance: 60 });
  yield expired(`${now - 300}`, { clockTolerance: 300 });
  const valid = (name, text, options) => spelled(signer, name, text, "valid", options);
  for (const text of [`${now}.5`, `${now + 1}`, `${now}.000001`, `${(now + 60) / 10}e1`, "1e10", "9007199254740991", "9.007199254740991e15"]) yield valid("exp", text);
  yield valid("exp", `${now - 59}`, { clockTolerance: 60 });
  yield valid("exp", `${now - 299.5}`, { clockTolerance: 300 });

  const early = (text, options) => spelled(signer, "nbf", text, "token_not_active", options);
  for (const text of [`${now + 1}`, `${now}.5`, `${now}.000001`, "1e10", "9007199254740991"]) yield early(text);
  yield early(`${now + 61}`, { clockTolerance: 60 });
  for (const text of [`${now}`, `${now}.0`, `${now - 0.5}`, "0", "-1", "-0", "0.5", "-9007199254740991"]) yield valid("nbf", text);
  yield valid("nbf", `${now + 60}`, { clockTolerance: 60 });

  for (const text of ["0", "-1", "0.5", `${now + 1000}`, "9007199254740991"]) yield valid("iat", text);
  const maxTokenAge = 600;
  yield spelled(signer, "iat", `${now + 1}`, "iat_in_future", { maxTokenAge });
  yield spelled(signer, "iat", `${now}.5`, "iat_in_future", { maxTokenAge });
  yield spelled(signer, "iat", `${now + 31}`, "iat_in_future", { maxTokenAge, clockTolerance: 30 });
  yield spelled(signer, "iat", `${now - 601}`, "token_too_old", { maxTokenAge });
  yield spelled(signer, "iat", `${now - 600.5}`, "token_too_old", { maxTokenAge });
  yield spelled(signer, "iat", "0", "token_too_old", { maxTokenAge });
  yield spelled(signer, "iat", "-1", "token_too_old", { maxTokenAge: "10 minutes" });
  yield spelled(signer, "iat", `${now - 631}`, "token_too_old", { maxTokenAge, clockTolerance: 30 });
  yield valid("iat", `${now - 600}`, { maxTokenAge });
  yield valid("iat", `${now - 630}`, { maxTokenAge, clockTolerance: 30 });
  yield valid("iat", `${now}`, { maxTokenAge });
  yield claims(signer, "no iat, and an age is asked", { iat: undefined }, "claim_missing", { maxTokenAge });
  yield spelled(signer, "iat", `${now + 1}`, "iat_in_future", { rejectFutureIat: true });
  yield claims(signer, "no iat", { iat: undefined }, "valid");
  yield claims(signer, "no exp", { exp: undefined }, "valid");
  yield claims(signer, "no exp, and it is asked", { exp: undefined }, "claim_missing", { requiredClaims: ["exp"] });
  yield claims(signer, "Exp", { exp: undefined, Exp: 1 }, "claim_missing", { requiredClaims: ["exp"] });
}

export function* texts(signer) {
  for (const name of ["iss", "sub", "jti"]) {
    for (const value of [null, true, 0, 1, [], ["https://id.example"], {}, { a: 1 }]) {
      yield claims(signer, `${name}: ${JSON.stringify(value)}`, { [name]: value }, "claim_type_invalid");
    }
  }
  const near = (text) => [`${text}/`, `${text} `, ` ${text}`, text.toUpperCase(), text.slice(0, -1), text.slice(1), `${text}x`, `${text}\0`, `${text}.attacker.example`, `https://attacker.example/?${text}`, "", `${text}\u200b`, `${text}#`, text.replace("a", "\u0430"), "*", "null"];
  const issuer = "https://id.example";
  for (const iss of near(issuer)) yield claims(signer, `iss: ${JSON.stringify(iss)}`, { iss }, "issuer_mismatch", { issuer });
  for (const sub of near("ada")) yield claims(signer, `sub: ${JSON.stringify(sub)}`, { sub }, "subject_mismatch", { subject: "ada" });
  // CVE-2025-30144: a list that holds the issuer
  yield claims(signer, "iss: a list", { iss: ["https://attacker.example", issuer] }, "claim_type_invalid", { issuer });
  yield claims(signer, "no iss", { iss: undefined }, "claim_missing", { issuer });
  yield claims(signer, "no sub", { sub: undefined }, "claim_missing", { subject: "ada" });
  yield claims(signer, "Iss", { iss: undefined, Iss: issuer }, "claim_missing", { issuer });
  for (const name of ["iss", "sub", "aud", "jti", "__proto__", "constructor", "toString", "nonce"]) {
    yield claims(signer, `${name} is required`, { [name]: undefined }, "claim_missing", { requiredClaims: [name] });
  }
}

export function* audiences(signer) {
  const audience = "api";
  for (const aud of [null, true, false, 0, 1, {}, { 0: "api", length: 1 }, [1], ["api", 1], [null], ["api", null], [["api"]], [{}], [true]]) {
    yield claims(signer, JSON.stringify(aud), { aud }, "claim_type_invalid");
    yield claims(signer, `${JSON.stringify(aud)}, one is asked`, { aud }, "claim_type_invalid", { audience });
  }
  for (const aud of [[], "", [""], "API", "ap", "apis", "api ", " api", "api\0", "api,other", "api other", "*", ["ap", "i"], ["API", "other"], '["api"]', "https://api"]) {
    yield claims(signer, JSON.stringify(aud), { aud }, "audience_mismatch", { audience });
    yield claims(signer, `${JSON.stringify(aud)}, none is asked`, { aud }, "valid");
  }
  yield claims(signer, "missing", { aud: undefined }, "claim_missing", { audience });
  for (const aud of ["api", ["api"], ["other", "api"], ["api", "api"]]) {
    yield claims(signer, `${JSON.stringify(aud)}, and it is asked`, { aud }, "valid", { audience });
  }
  yield claims(signer, "one of two", { aud: "b" }, "valid", { audience: ["a", "b"] });
  yield claims(signer, "none of two", { aud: "c" }, "audience_mismatch", { audience: ["a", "b"] });
}

export function* typ(signer) {
  const typed = (typ, expected, asked) => ({
    name: `${JSON.stringify(typ)} for ${asked}`,
    token: signer.token({ ...signer.header, typ }),
    expected,
    ...withOptions(signer, { typ: asked }),
  });
  for (const typ of ["JWT", "at+jwt ", "at+jw", "application/jwt", "text/at+jwt", "", "application/", "at+jwt; charset=utf-8", undefined]) {
    yield typed(typ, "typ_mismatch", "at+jwt");
  }
  for (const typ of ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"]) {
    yield typed(typ, "valid", "at+jwt");
    yield typed(typ, "valid", "application/at+jwt");
  }
  const asked = { profile: "access_token", issuer: "https://id.example", audience: "api" };
  const accessToken = { client_id: "c", jti: "1" };
  const profile = (name, header, members, expected) => ({
    name,
    token: signer.token({ ...signer.header, ...header }, { ...signer.claims, ...accessToken, ...members }),
    expected,
    ...withOptions(signer, asked),
  });
  yield profile("an access token", { typ: "at+jwt" }, {}, "valid");
  yield profile("an ID token for an access token", { typ: "JWT" }, {}, "typ_mismatch");
  yield profile("an introspection response for an access token", { typ: "token-introspection+jwt" }, {}, "typ_mismatch");
  for (const name of ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]) {
    yield profile(`an access token without ${name}`, { typ: "at+jwt" }, { [name]: undefined }, "claim_missing");
  }
  yield profile("client_id: a number", { typ: "at+jwt" }, { client_id: 1 }, "claim_type_invalid");
}

/** Names that stand twice, and text that is not one strict JSON object. */
export function* payloadJson(signer) {
  const members = JSON.stringify(signer.claims).slice(1, -1);
  const payload = (name, text, expected) => ({ name, token: signer.token(signer.header, text), expected });
  for (const [name, text] of duplicates(members, ["exp", `${now + 600}`], ["exp", "0"], ["sub", '"eve"'], ["aud", '"api"'], ["iss", "null"], ["jti", '"1"'])) {
    yield payload(name, text, "payload_duplicate_member");
  }
  for (const [name, text] of brokenObjects(members)) yield payload(name, text, "payload_json_invalid");
  for (const [name, text] of harmlessObjects(members)) yield payload(name, text, "valid");
  const nestedIn = (open, close, depth) => `{${members},"x":${open.repeat(depth)}${open === "[" ? "" : "1"}${close.repeat(depth)}}`;
  yield payload("32 arrays and objects deep", nestedIn("[", "]", 31), "valid");
  yield payload("32 objects deep", nestedIn('{"x":', "}", 31), "valid");
  for (const depth of [32, 33, 100, 1000, 10_000]) {
    yield payload(`${depth + 1} arrays deep`, nestedIn("[", "]", depth), "payload_too_deep");
    if (depth < 7000) yield payload(`${depth + 1} objects deep`, nestedIn('{"x":', "}", depth), "payload_too_deep");
    yield payload(`${depth} arrays, never closed`, `{"x":${"[".repeat(depth)}`, "payload_too_deep");
  }
  yield payload("40,000 arrays, never closed", "[".repeat(40_000), "payload_too_deep");
}
