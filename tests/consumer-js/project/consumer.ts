import {
  audit, createRemoteKeySet, createVerifier, decode, discover, explain, KeySet, kvCache, redisCache, thumbprint,
  thumbprintUri, TouchstoneError, verify, verifyJws, verifyJwsSync, verifySync, type ErrorReason, type Jwk, type Jwks,
  type RemoteKeySet, type SharedCache, type VerifiedJwt, type VerifyOptions,
} from "touchstone";
import {
  createIssuer, generateSealingKey, KeyRing, publicJwks, rotate, seal, SigningKey, signJws, unseal,
  type Issuer, type KeyRingStore, type RotationPolicy, type SignedJwt,
} from "touchstone/issuer";
import { fileStore } from "touchstone/issuer/file-store";

// As WebCrypto and jose declare them, without an index signature.
interface JsonWebKey {
  kty?: string;
  n?: string;
}
interface JsonWebKeySet {
  keys: JsonWebKey[];
}

export async function use(jwt: string, jwks: JsonWebKeySet, jwk: JsonWebKey, bytes: Uint8Array) {
  const options: VerifyOptions = {
    algorithms: ["ES256"], issuer: ["https://id.example"], audience: "api", subject: null, typ: "at+jwt",
    requiredClaims: ["sub"], maxTokenAge: "1 hour", clockTolerance: 5, currentDate: new Date(), crit: { x: true },
    multipleKeys: "try", maxTokenSize: 1000, rejectFutureIat: true, requireKeyAlg: false,
  };
  const sets: Jwks[] = [jwks, jwk, "{}", bytes, KeySet.parse(jwks), { keys: [], more: 1 }, { kty: "EC", crv: "P-256" }];
  for (const set of sets) await verify(jwt, set, options);

  const { payload, protectedHeader, key, unchecked } = verifySync<{ scope: string }>(jwt, jwks);
  const texts: (string | undefined)[] = [payload.scope, payload.sub, protectedHeader.alg, key.kid, key.thumbprint, ...unchecked];
  const anything: unknown = payload["https://claims.example/x"];
  const time: number | undefined = payload.exp;

  const verifier = createVerifier({ jwks, issuer: null, audience: ["api"], profile: "id_token" });
  const verified: VerifiedJwt = await verifier.verify(jwt, { nonce: "n" });

  const jws = await verifyJws({ payload: "", signatures: [] }, jwks, { payload: bytes, signatures: "all" });
  for (const signature of verifyJwsSync(jwt, jwks).signatures) {
    if ("error" in signature) texts.push(signature.error.reason);
    else texts.push(signature.key.kid, signature.protectedHeader.alg);
  }
  const octets: Uint8Array = jws.payload;

  const { unverifiedPayload, unverifiedHeader } = decode(jwt);
  const [step] = explain(jwt, jwks, options).steps;
  const [finding] = audit(jwks, { currentDate: new Date() }).findings;
  const one: Jwk = { kty: "oct", k: "AA" };
  texts.push(thumbprint(one, "sha-512"), thumbprintUri(jwk), step?.status, finding?.advice);

  const keySet = KeySet.parse(jwks, { maxKeys: 5 });
  for (const skipped of keySet.skipped) texts.push(skipped.reason, skipped.kid);
  keySet.dispose();
  return { texts, anything, time, verified, octets, unverifiedPayload, unverifiedHeader };
}

interface Kv {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options?: { expirationTtl?: number }): Promise<void>;
}

export async function useRemote(jwt: string, kv: Kv, redis: { get(key: string): Promise<string | null>; setex(key: string, seconds: number, value: string): Promise<"OK"> }) {
  const sharedCache: SharedCache = kvCache(kv);
  const remote: RemoteKeySet = createRemoteKeySet("https://id.example/jwks", { maxLifetime: 3600, timeout: 5, sharedCache });
  const found: RemoteKeySet = await discover("https://id.example", { sharedCache: redisCache(redis), snapshot: "" });
  remote.events.addEventListener("key_removed", ({ kid, at }) => console([kid, at.getTime()]));
  await remote.hydrate();
  await found.reload();
  const waitUntil = (promise: Promise<unknown>) => void promise;
  const one = createVerifier({ jwksUri: "https://id.example/jwks", issuer: null, audience: "api", remote: { cooldown: 60 } });
  const several = createVerifier({ discover: ["https://a.example", "https://b.example"], audience: "api" });
  await one.verify(jwt, { waitUntil });
  const text: string | undefined = remote.snapshot();
  return [verifySync(jwt, remote), await verify(jwt, found, { waitUntil }), several.verifySync(jwt), remote.times?.expires, text];
}

export async function useIssuer(request: { method: string; url: string; headers: { get(name: string): string | null } }) {
  const policy: RotationPolicy = { alg: "Ed25519", tokenLifetime: 600 };
  const rows = new Map<string, string>();
  const store: KeyRingStore = {
    load: async () => (rows.has("1") ? { text: rows.get("1")!, version: "1" } : undefined),
    compareAndSwap: async (expected, text) => (expected === undefined ? (rows.set("1", text), "1") : undefined),
  };
  const issuer: Issuer = createIssuer({ issuer: "https://id.example", store, sealingKey: async () => generateSealingKey(), policy });
  const { token }: SignedJwt = await issuer.sign({ sub: "ada" }, { expiresIn: 60 });
  const response = await issuer.fetch(request);
  const { ring, next, changes } = rotate(new KeyRing(), policy, new Date());
  const kind: string | undefined = changes[0]?.kind;
  const text = seal(ring, policy, null);
  const key = SigningKey.generate("ES256");
  const onDisk = createIssuer({ issuer: "https://id.example", store: fileStore("keys", { create: true }), sealingKey: null });
  return [token, response, next.getTime(), kind, unseal(text, null).policy.retain.toFixed(), signJws("x", key), publicJwks(ring).keys[0]?.kid, onDisk];
}

export function reasonOf(error: unknown): ErrorReason | undefined {
  if (!(error instanceof TouchstoneError)) return undefined;
  const claim: string | undefined = error.claim ?? error.detail?.member;
  if (error.code === "ERR_JWT_EXPIRED" && claim) console(error.payload?.["sub"]);
  return error.reason;
}
declare function console(value: unknown): void;
