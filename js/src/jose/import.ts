import { algorithmOf } from "./algorithms.js";
import * as base64url from "./base64url.js";
import { JOSENotSupported } from "./errors.js";
import { cryptoKeyOf, keyText, singleKey } from "./keys.js";
import { bytesOfPem, jwkOfSpki, spkiOfCertificate } from "./spki.js";
import type { CryptoKey, JWK, KeyImportOptions } from "./types.js";

type Imported<Key extends JWK> = Key extends { kty: "oct" }
  ? Uint8Array
  : Key extends { kty: "RSA" | "EC" | "OKP" | "AKP" }
    ? CryptoKey
    : CryptoKey | Uint8Array;

/**
 * A public JWK as a CryptoKey for this algorithm, by default its own; of an `oct` JWK its octets. Rejects with a
 * TypeError, or JOSENotSupported.
 */
export async function importJWK<Key extends JWK>(
  jwk: Key, alg?: string, options?: KeyImportOptions,
): Promise<Imported<Key>> {
  if (typeof jwk !== "object" || jwk === null) throw new TypeError("the JWK is no object");
  const { kty } = jwk;
  const wanted = alg ?? jwk.alg;
  if (kty === "oct") {
    if (typeof jwk.k !== "string") throw new TypeError("the JWK has no k");
    return base64url.decode(jwk.k) as Imported<Key>;
  }
  if (!wanted) throw new TypeError("alg is needed for a JWK that has none");
  if (kty === "AKP" && wanted !== jwk.alg) throw new TypeError("the JWK is for another alg, or for none");
  return (await importFor(wanted, jwk, options)) as Imported<Key>;
}

/**
 * A public key in PEM (`-----BEGIN PUBLIC KEY-----`) as a CryptoKey for this algorithm. Rejects with a TypeError, or
 * JOSENotSupported.
 */
export async function importSPKI(spki: string, alg: string, options?: KeyImportOptions): Promise<CryptoKey> {
  const bytes = bytesOfPem(spki, "PUBLIC KEY");
  return importFor(alg, () => jwkOfSpki(bytes), options);
}

/**
 * The public key of a certificate in PEM (`-----BEGIN CERTIFICATE-----`) as a CryptoKey for this algorithm. The
 * certificate itself is not verified. Rejects with a TypeError, or JOSENotSupported.
 */
export async function importX509(x509: string, alg: string, options?: KeyImportOptions): Promise<CryptoKey> {
  const bytes = bytesOfPem(x509, "CERTIFICATE");
  return importFor(alg, () => jwkOfSpki(spkiOfCertificate(bytes)), options);
}

async function importFor(
  alg: string, source: JWK | (() => JWK), options: KeyImportOptions | undefined,
): Promise<CryptoKey> {
  const extractable = options?.extractable;
  if (extractable !== undefined && typeof extractable !== "boolean") throw new TypeError("extractable is no boolean");
  const kty = algorithmOf(alg)?.kty;
  if (!kty || kty === "oct") throw new JOSENotSupported("alg is none that a public key verifies");
  const jwk = typeof source === "function" ? source() : source;
  const isPrivate = jwk.d !== undefined || jwk.priv !== undefined;
  if (isPrivate) throw new JOSENotSupported("the key is private: public keys verify");
  if (typeof source !== "function" && jwk.kty !== kty) throw new JOSENotSupported("the JWK's kty does not go with alg");
  // A key that the core refuses is told here already.
  const { keySet } = singleKey(await keyText({ ...jwk, alg }));
  const [skipped] = keySet.describe().skipped;
  if (skipped) throw new TypeError(`the key cannot be used: ${skipped.message}`);
  return cryptoKeyOf(jwk, alg, extractable ?? jwk.ext ?? true);
}
