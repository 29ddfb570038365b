// What must become of a token that somebody changed on its way: the rules up to the signature once more, in
// another language, with other parsers. It judges the systematic attacks, of which there are too many to
// write down a reason for each.
import { bytesOf, b64 } from "../signers.mjs";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
export const verifiable = ["RS", "PS", "ES", "HS"]
  .flatMap((family) => [256, 384, 512].map((bits) => `${family}${bits}`))
  .concat("ES256K", "EdDSA", "Ed25519", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87");

/** The names of what the signer does: of EdDSA there is a polymorphic one and the curve's (RFC 9864). */
export const namesOf = ({ alg, kty, jwk }) => (kty === "OKP" ? ["EdDSA", jwk.crv] : [alg]);

const types = {
  string: (value) => typeof value === "string",
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  boolean: (value) => typeof value === "boolean",
  strings: (value) => Array.isArray(value) && value.every(types.string),
};
const parameters = {
  ...Object.fromEntries(["alg", "kid", "typ", "cty", "jku", "x5u", "x5t", "x5t#S256"].map((name) => [name, "string"])),
  jwk: "object",
  b64: "boolean",
  x5c: "strings",
};

/** The bytes of canonical base64url; undefined for anything else. */
function decode(segment) {
  const bytes = bytesOf(segment);
  return b64(bytes) === segment ? bytes : undefined;
}

const isWellFormed = (value) =>
  typeof value === "string"
    ? value.isWellFormed()
    : typeof value !== "object" || value === null || Object.entries(value).flat().every(isWellFormed);

/** A JSON object; undefined for anything else. Duplicate names are not its business. */
function parseObject(bytes) {
  try {
    const value = JSON.parse(utf8.decode(bytes));
    return types.object(value) && isWellFormed(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Of a header that the key's owner did not sign. */
function reasonOfHeader(bytes, signer) {
  if (bytes.length > 8192) return "header_too_large";
  const header = parseObject(bytes);
  if (!header) return "header_json_invalid";
  for (const [name, type] of Object.entries(parameters)) {
    if (Object.hasOwn(header, name) && !types[type](header[name])) return "header_param_invalid";
  }
  const { alg } = header;
  if (alg === undefined) return "alg_missing";
  if (alg === "none") return "alg_none";
  if (!verifiable.includes(alg)) return "alg_unsupported";
  const isAllowed = signer.options.algorithms?.includes(alg) ?? !alg.startsWith("HS");
  if (!isAllowed) return "alg_not_allowed";
  if (Object.hasOwn(header, "kid") && header.kid !== signer.jwk.kid) return "no_matching_key";
  return namesOf(signer).includes(alg) ? "signature_invalid" : "key_alg_mismatch";
}

/** Of a token that is not what the key's owner wrote; "valid" when nothing was changed. */
export function reasonOf(token, signer) {
  const text = Buffer.from(token).toString("latin1");
  if (text === signer.valid) return "valid";
  if (/[^A-Za-z0-9_.-]/.test(text)) return "token_malformed";
  const segments = text.split(".");
  if (segments.length === 5) return "jwe_unsupported";
  if (segments.length !== 3) return "token_malformed";
  const [header, payload, signature] = segments.map(decode);
  if (!header || !payload || !signature) return "token_base64_invalid";
  const reason = reasonOfHeader(header, signer);
  const isWrongLength = signature.length !== signer.length;
  return reason === "signature_invalid" && isWrongLength ? "signature_length_invalid" : reason;
}
