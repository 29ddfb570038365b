// Keys and what they sign, by jose.
import { SignJWT, exportJWK, generateKeyPair } from "jose";

export const algorithms = ["ES256", "RS256", "PS256", "EdDSA"];

/** A new key: `publicJwk`, `privateJwk`, both with kid, alg and use, and `sign(claims)`, which gives a JWT of ten minutes. */
export async function createSigner(alg, kid = `${alg}-${crypto.randomUUID()}`) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const named = async (key) => ({ ...(await exportJWK(key)), kid, alg, use: "sig" });
  return {
    alg,
    kid,
    publicJwk: await named(publicKey),
    privateJwk: await named(privateKey),
    sign: (claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg, kid, typ: "JWT" })
        .setIssuedAt()
        .setExpirationTime("10m")
        .sign(privateKey),
  };
}
