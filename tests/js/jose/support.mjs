// jose beside ours, on the same input: what one does the other must do.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import * as jose from "jose";
import * as ours from "touchstone/jose";
import { base64url, claims, currentDate, json, signer as signerOf } from "../support.mjs";

export { jose, ours };

const ed25519 = generateKeyPairSync("ed25519");
const edDsa = (alg) => ({
  alg,
  jwk: { ...ed25519.publicKey.export({ format: "jwk" }), kid: alg, alg },
  sign: (input) => sign(null, Buffer.from(input), ed25519.privateKey),
});
export const signer = (alg) => signerOf(alg) ?? edDsa(alg);

/** Those that both verify in any runtime. */
export const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
  "EdDSA", "Ed25519", "HS256", "HS384", "HS512"];
export const publicAlgorithms = algorithms.filter((alg) => !alg.startsWith("HS"));

/** A compact JWS of this payload: claims, text or octets. */
export function jwsOf(alg, payload = claims, header = {}) {
  const isRaw = typeof payload === "string" || payload instanceof Uint8Array;
  const encoded = base64url(isRaw ? payload : JSON.stringify(payload));
  const input = `${json({ alg, typ: "JWT", kid: alg, ...header })}.${encoded}`;
  return `${input}.${base64url(signer(alg).sign(input))}`;
}

/** A signature over whatever is given: `protected` as an object, the payload as it is signed. */
export function flattenedOf(alg, { protected: header, header: unprotected, payload, signed = payload }) {
  const encoded = header === undefined ? "" : json(header);
  const input = Buffer.concat([Buffer.from(`${encoded}.`), Buffer.from(signed)]);
  return {
    ...(header === undefined ? {} : { protected: encoded }),
    ...(unprotected === undefined ? {} : { header: unprotected }),
    payload,
    signature: base64url(signer(alg).sign(input)),
  };
}

export const jwkOf = (alg, others = {}) => ({ ...signer(alg).jwk, ...others });
export const at = (options = {}) => ({ currentDate, ...options });

async function described(result) {
  if (result instanceof Uint8Array) return [...result];
  if (result?.[Symbol.toStringTag] === "CryptoKey") {
    const { type, extractable, usages } = result;
    const jwk = extractable ? await jose.exportJWK(result) : undefined;
    return { type, extractable, usages: [...usages], algorithm: JSON.stringify(result.algorithm, toPlain), jwk };
  }
  if (typeof result !== "object" || result === null) return result;
  const parts = { ...result };
  for (const [name, part] of Object.entries(parts)) {
    const isSigned = ["payload", "protectedHeader"].includes(name) && !(part instanceof Uint8Array);
    parts[name] = isSigned ? [part, JSON.stringify(part)] : await described(part); // in its own order
  }
  return parts;
}
const toPlain = (_, value) => (value instanceof Uint8Array ? [...value] : value);

/** An error by what a caller can tell it by. */
export function describedError(error, { errors }) {
  const [name] = Object.entries(errors).find(([, JoseError]) => error?.constructor === JoseError) ?? [];
  if (!name) return { name: error instanceof TypeError ? "TypeError" : error?.constructor?.name };
  const { code, claim, reason, payload, cause } = error;
  assert.equal(errors[name].code, code);
  assert.equal(error.name, name);
  assert.ok(error instanceof errors.JOSEError && error instanceof Error);
  return { name, code, ...(claim === undefined ? {} : { claim, reason, payload, cause: { ...cause,
    payload: cause.payload } }) };
}

/** What a call comes to: a result or an error. */
export async function outcome(call, module) {
  try {
    return { result: await described(await call(module)) };
  } catch (error) {
    return { error: describedError(error, module) };
  }
}

/** In one word. */
export const verdict = ({ error }) => (error ? (error.code ?? error.name) : "accepted");

/** A test that both do the same, and what that is when it is said. */
export function agree(name, call, expected) {
  test(name, async () => {
    const [mine, theirs] = [await outcome(call, ours), await outcome(call, jose)];
    assert.deepEqual(mine, theirs);
    if (expected !== undefined) assert.equal(verdict(mine), expected);
  });
}
