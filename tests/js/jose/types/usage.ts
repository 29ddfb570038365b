// Code as jose's users write it, for jose's types. It is compiled against those, and against ours.
import { createSecretKey, generateKeyPairSync } from "node:crypto";
import * as jose from "jose";
import {
  base64url, calculateJwkThumbprint, calculateJwkThumbprintUri, compactVerify, createLocalJWKSet, createRemoteJWKSet,
  customFetch, decodeJwt, decodeProtectedHeader, errors, flattenedVerify, generalVerify, importJWK, importSPKI,
  importX509, jwksCache, jwtVerify,
} from "jose";
import type {
  CompactJWSHeaderParameters, CompactVerifyGetKey, CompactVerifyResult, CritOption, CryptoKey, ExportedJWKSCache,
  FetchImplementation, FlattenedJWS, FlattenedJWSInput, FlattenedVerifyGetKey, FlattenedVerifyResult, GeneralJWS,
  GeneralJWSInput, GeneralVerifyGetKey, GeneralVerifyResult, GetKeyFunction, JSONWebKeySet, JWK, JWKKeyType,
  JWKParameters, JWKSCacheInput, JWK_AKP_Public, JWK_EC_Public, JWK_OKP_Public, JWK_RSA_Public, JWK_oct, JWSAlgorithm,
  JWSHeaderParameters, JWTClaimVerificationOptions, JWTHeaderParameters, JWTPayload, JWTVerifyGetKey, JWTVerifyOptions,
  JWTVerifyResult, JoseHeaderParameters, KeyImportOptions, KeyInput, KeyObject, LocalJWKSet, ProtectedHeaderParameters,
  RemoteJWKSet, RemoteJWKSetOptions, ResolvedKey, VerifyOptions,
} from "jose";

interface Claims {
  scope: string;
  roles?: string[];
}

export async function authenticate(token: string | Uint8Array, issuer: URL): Promise<JWTPayload & Claims> {
  const JWKS = createRemoteJWKSet(new URL("/jwks", issuer), { cacheMaxAge: Infinity, headers: { "x-a": "1" } });
  const algorithms = ["RS256", "made up"];
  const options: JWTVerifyOptions = { issuer: issuer.href, audience: ["a", "b"], algorithms, maxTokenAge: "2h" };
  const { payload, protectedHeader, key } = await jwtVerify<Claims>(token, JWKS, options);
  const usages: readonly string[] = (key as CryptoKey).usages;
  const text: string = protectedHeader.alg + (protectedHeader.kid ?? "") + payload.scope + payload.iss + usages.join();
  const custom: unknown = payload["https://id.example/claim"];
  return custom === text ? payload : { ...payload, roles: [] };
}

/** Each key that matches, one after the other. */
export async function tryEach(
  jwt: string, JWKS: LocalJWKSet | RemoteJWKSet, options?: JWTVerifyOptions,
): Promise<JWTPayload> {
  let several: jose.errors.JWKSMultipleMatchingKeys;
  try {
    return (await jwtVerify(jwt, JWKS, options)).payload;
  } catch (error: any) {
    if (error?.code !== errors.JWKSMultipleMatchingKeys.code) throw error;
    several = error;
  }
  for await (const key of several) {
    const verified = await jwtVerify(jwt, key, options).catch((error: unknown) => {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    });
    if (verified) return verified.payload;
  }
  throw new errors.JWSSignatureVerificationFailed();
}

export function statusOf(error: unknown): string {
  if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason, payload, cause } = error;
    return `${claim} ${reason} ${payload.sub} ${cause.claim}`;
  }
  if (!(error instanceof errors.JOSEError)) throw error;
  const known = error as jose.errors.AnyJOSEError;
  switch (known.code) {
    case "ERR_JWS_INVALID":
      return known.message;
    case "ERR_JWKS_MULTIPLE_MATCHING_KEYS":
      return String(known[Symbol.asyncIterator]);
    default:
      return error.name + error.code;
  }
}

export class Expired extends jose.errors.JWTExpired {
  constructor(payload: JWTPayload) {
    super("expired", payload, "exp", "check_failed");
  }
}

export async function everyWay(jwk: JWK, jwks: JSONWebKeySet, octets: Uint8Array, pem: string): Promise<unknown[]> {
  const local: LocalJWKSet = createLocalJWKSet(jwks);
  const cache = {} as JWKSCacheInput;
  const fetching: FetchImplementation = async (url, { headers, method, redirect, signal }) =>
    fetch(url, { headers, method, redirect, signal });
  const durations = { timeoutDuration: 1, cooldownDuration: 1, cacheMaxAge: 1 };
  const remoteOptions: RemoteJWKSetOptions = { ...durations, [jwksCache]: cache, [customFetch]: fetching };
  const remote: RemoteJWKSet = createRemoteJWKSet(new URL("https://id.example"), remoteOptions);
  const flags: boolean[] = [remote.coolingDown, remote.fresh, remote.reloading];
  const copies: (JSONWebKeySet | undefined)[] = [local.jwks(), remote.jwks()];
  const nothing: void = await remote.reload();
  if ("uat" in cache) (cache as ExportedJWKSCache).uat.toFixed();

  const { publicKey } = generateKeyPairSync("ed25519");
  const fromPem = [await importSPKI(pem, "RS256"), await importX509(pem, "RS256", { extractable: true })];
  const keys: KeyInput[] = [jwk, octets, publicKey, createSecretKey(octets), ...fromPem];
  const imported: CryptoKey | Uint8Array = await importJWK(jwk, "ES256");
  const secret: Uint8Array = await importJWK({ kty: "oct", k: "AAAA" } as const);
  const known: CryptoKey = await importJWK({ kty: "EC", crv: "P-256", x: "", y: "" } as const, "ES256");

  const getKey: JWTVerifyGetKey = async (header, token) => (header.alg === "HS256" && token.signature ? octets : jwk);
  const finding = async (header: CompactJWSHeaderParameters, { payload }: FlattenedJWSInput): Promise<CryptoKey> =>
    local(header, { payload, signature: "" });
  const jwt = await jwtVerify(pem, getKey);
  const resolved: CryptoKey | Uint8Array = jwt.key;
  const narrow: CryptoKey = (await jwtVerify(pem, finding)).key;
  const either: KeyInput | JWTVerifyGetKey = flags[0] ? getKey : jwk;
  const maybe: CryptoKey | Uint8Array | undefined = (await jwtVerify(pem, either)).key;

  const options: VerifyOptions = { algorithms: ["ES256"], crit: { "http://example.com": true } };
  const compact: CompactVerifyResult = await compactVerify(octets, keys[0]!, options);
  const compactKey: CompactVerifyGetKey = () => jwk;
  const flattenedKey: FlattenedVerifyGetKey = () => publicKey;
  const generalKey: GeneralVerifyGetKey = () => octets;
  const parts = { signature: "", protected: "" };
  const withHeader = { payload: octets, ...parts, header: { alg: "x" } };
  const flattened: FlattenedVerifyResult & ResolvedKey = await flattenedVerify(withHeader, flattenedKey);
  const general: GeneralVerifyResult = await generalVerify({ payload: "", signatures: [parts] }, generalKey, options);
  const input: FlattenedJWSInput = { payload: "", signature: "" } satisfies FlattenedJWS;
  const inputs: GeneralJWSInput = { payload: "", signatures: [input] } satisfies GeneralJWS;
  const header: JWSHeaderParameters | undefined = flattened.protectedHeader ?? general.unprotectedHeader;

  const claims: Claims & JWTPayload = decodeJwt<Claims>(pem);
  const decoded: ProtectedHeaderParameters = decodeProtectedHeader(inputs);
  const expiry: number | undefined = decodeJwt(pem).exp;
  const prints: string[] = [await calculateJwkThumbprint(jwk, "sha256"), await calculateJwkThumbprintUri(publicKey)];
  prints.push(await calculateJwkThumbprint(known));
  const bytes: Uint8Array = base64url.decode(base64url.encode("x") + base64url.encode(octets));
  const verified: JWTVerifyResult<Claims> = { payload: claims, protectedHeader: { alg: "ES256" } };
  return [
    nothing, copies, imported, secret, resolved, narrow, maybe, compact, compactKey, header, decoded, decoded.enc,
    expiry, prints, bytes, verified, await compactVerify(pem, compactKey),
  ];
}

export type Others = [
  CritOption, GetKeyFunction<JWSHeaderParameters, FlattenedJWSInput>, JWKKeyType, JWKParameters, JWK_AKP_Public,
  JWK_EC_Public, JWK_OKP_Public, JWK_RSA_Public, JWK_oct, JWSAlgorithm, JWTClaimVerificationOptions,
  JWTHeaderParameters, JoseHeaderParameters, KeyImportOptions, KeyObject,
];
