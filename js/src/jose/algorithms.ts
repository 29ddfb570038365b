/** `subtle` is what WebCrypto calls it, if it knows it; EdDSA it names by the key's curve. */
interface Algorithm {
  readonly kty: "RSA" | "EC" | "OKP" | "AKP" | "oct";
  readonly subtle?: { readonly name: string; readonly hash?: string; readonly namedCurve?: string };
}

/** The core's table, and how a CryptoKey is made for each. */
const algorithms: Readonly<Record<string, Algorithm>> = {
  RS256: { kty: "RSA", subtle: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } },
  RS384: { kty: "RSA", subtle: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-384" } },
  RS512: { kty: "RSA", subtle: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-512" } },
  PS256: { kty: "RSA", subtle: { name: "RSA-PSS", hash: "SHA-256" } },
  PS384: { kty: "RSA", subtle: { name: "RSA-PSS", hash: "SHA-384" } },
  PS512: { kty: "RSA", subtle: { name: "RSA-PSS", hash: "SHA-512" } },
  ES256: { kty: "EC", subtle: { name: "ECDSA", namedCurve: "P-256" } },
  ES384: { kty: "EC", subtle: { name: "ECDSA", namedCurve: "P-384" } },
  ES512: { kty: "EC", subtle: { name: "ECDSA", namedCurve: "P-521" } },
  ES256K: { kty: "EC" },
  EdDSA: { kty: "OKP" },
  Ed25519: { kty: "OKP", subtle: { name: "Ed25519" } },
  Ed448: { kty: "OKP", subtle: { name: "Ed448" } },
  "ML-DSA-44": { kty: "AKP", subtle: { name: "ML-DSA-44" } },
  "ML-DSA-65": { kty: "AKP", subtle: { name: "ML-DSA-65" } },
  "ML-DSA-87": { kty: "AKP", subtle: { name: "ML-DSA-87" } },
  HS256: { kty: "oct" },
  HS384: { kty: "oct" },
  HS512: { kty: "oct" },
};

export const algorithmOf = (alg: unknown): Algorithm | undefined =>
  typeof alg === "string" && Object.hasOwn(algorithms, alg) ? algorithms[alg] : undefined;

/** What keys are: secrets, or public ones. */
export type KeyKind = "secret" | "public";

/** Of these names those that keys of these kinds verify. Names that are unknown here match no token. */
export function algorithmsFor(kinds: readonly KeyKind[], names: readonly string[] = Object.keys(algorithms)): string[] {
  return names.filter((name) => {
    const algorithm = algorithmOf(name);
    return algorithm && kinds.includes(algorithm.kty === "oct" ? "secret" : "public");
  });
}
