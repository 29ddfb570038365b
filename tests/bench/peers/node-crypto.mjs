// What a person writes by hand on node:crypto: the signature, exp, iss and aud, and nothing that is not needed.
import {
  constants,
  createHmac,
  createPublicKey,
  createSecretKey,
  timingSafeEqual,
  verify,
} from "node:crypto";

export const name = "node:crypto";

/** A check of signatures: (input, signature) => boolean. */
function checkerOf(alg, jwk) {
  const hash = `sha${alg.slice(2, 5)}`;
  if (alg.startsWith("HS")) {
    const key = createSecretKey(jwk.k, "base64url");
    return (input, signature) => {
      const expected = createHmac(hash, key).update(input).digest();
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    };
  }
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const pss = {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
  const ways = {
    RS: [hash, { key }],
    PS: [hash, { key, ...pss }],
    ES: [hash, { key, dsaEncoding: "ieee-p1363" }],
  };
  const [digest, how] = ways[alg.slice(0, 2)] ?? [null, { key }];
  return (input, signature) => verify(digest, Buffer.from(input), how, signature);
}

const json = (segment) => JSON.parse(Buffer.from(segment, "base64url").toString());

export function hot({ alg, jwk, issuer, audience }) {
  const isValid = checkerOf(alg, jwk);
  return (token) => {
    const [header, payload, signature] = token.split(".");
    if (json(header).alg !== alg) throw new Error("alg");
    const input = token.slice(0, header.length + 1 + payload.length);
    if (!isValid(input, Buffer.from(signature, "base64url"))) throw new Error("signature");
    const claims = json(payload);
    if (!(claims.exp > Date.now() / 1000)) throw new Error("exp");
    if (claims.iss !== issuer) throw new Error("iss");
    if (claims.aud !== audience) throw new Error("aud");
    return claims;
  };
}
