// ML-DSA (FIPS 204): the parts of a signature, ways to make one that no JWS uses, and keys of another length.
import { createHash, randomBytes } from "node:crypto";
import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";
import { b64, bytesOf, privateKey, publicKeyDer } from "../signers.mjs";
import { skipped, withKey } from "./on-keys.mjs";
import { inputOf, replaced, signatureOf } from "./on-signature.mjs";

// ML-DSA-44: c~, four polynomials z of 18-bit coefficients, omega positions of hints and four counts of them.
const challengeLength = 32;
const omega = 80;
const hintAt = 2420 - omega - 4;

export function* encodings(signer) {
  if (signer.kty !== "AKP") return;
  const signature = signatureOf(signer);
  const wrong = (name, bytes) => replaced(signer, name, bytes, "signature_invalid");
  const changed = (change) => {
    const bytes = Buffer.from(signature);
    change(bytes);
    return bytes;
  };
  const hintChanged = (change) =>
    changed((bytes) => change(bytes.subarray(hintAt, hintAt + omega), bytes.subarray(hintAt + omega)));
  for (let at = 0; at < challengeLength; ++at) {
    yield wrong(`c~ byte ${at}`, changed((bytes) => (bytes[at] ^= 1 << (at & 7))));
  }
  for (let at = hintAt; at < signature.length; ++at) {
    yield wrong(`hint byte ${at - hintAt}`, changed((bytes) => (bytes[at] ^= 1 << (at & 7))));
  }
  yield wrong("no hints", hintChanged((positions, ends) => (positions.fill(0), ends.fill(0))));
  yield wrong("c~ zero", changed((bytes) => bytes.fill(0, 0, challengeLength)));
  // Packed is gamma1 - z, so that zeros are the largest z and ones the smallest.
  yield wrong("z as large as can be", changed((bytes) => bytes.fill(0, challengeLength, hintAt)));
  yield wrong("z as small as can be", changed((bytes) => bytes.fill(0xff, challengeLength, hintAt)));
  // The same hint, encoded otherwise (FIPS 204, Algorithm 21: it has one encoding).
  const total = signature.at(-1);
  for (const value of [1, 128, 255]) {
    yield wrong(`a position behind the last: ${value}`, hintChanged((positions) => (positions[total] = value)));
    yield wrong(`the very last position: ${value}`, hintChanged((positions) => (positions[omega - 1] = value)));
  }
  const [first] = signature.subarray(hintAt + omega);
  yield wrong("the first polynomial's positions in falling order", hintChanged((positions) => positions.subarray(0, first).reverse()));
  yield wrong("a position twice", hintChanged((positions) => (positions[1] = positions[0])));
  // Twice the same position in place of one that is not there: to whoever takes hints for a set it is the same.
  yield wrong("a position twice, and one count more", hintChanged((positions, ends) => {
    positions.copyWithin(1, 0);
    ends.forEach((end, row) => (ends[row] = end + 1));
  }));
  yield wrong("a count above omega", hintChanged((positions, ends) => (ends[3] = omega + 1)));
  yield wrong("all counts 255", hintChanged((positions, ends) => ends.fill(255)));
  yield wrong("a count that falls", hintChanged((positions, ends) => (ends[1] = ends[0] - 1)));
  yield wrong("counts exchanged", hintChanged((positions, ends) => ends.reverse()));
  const z = (from) => signature.subarray(challengeLength + 576 * from, challengeLength + 576 * (from + 1));
  yield wrong("z rotated", Buffer.concat([signature.subarray(0, challengeLength), z(1), z(2), z(3), z(0), signature.subarray(hintAt)]));

  const key = privateKey(signer.privateJwk);
  const message = Buffer.from(inputOf(signer));
  const concat = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));
  const right = (name, bytes) => replaced(signer, `made: ${name}`, bytes, "valid");
  yield right("with other randomness", ml_dsa44.sign(message, key, { extraEntropy: randomBytes(32) }));
  yield right("the internal function, as the outer one calls it", ml_dsa44.internal.sign(concat([0, 0], message), key));
  const digest = createHash("sha512").update(message).digest();
  const oidOfSha512 = Buffer.from("0609608648016503040203", "hex");
  const made = {
    "a context": ml_dsa44.sign(message, key, { context: Buffer.from("JWT") }),
    "a context of one zero": ml_dsa44.sign(message, key, { context: Buffer.alloc(1) }),
    "HashML-DSA": ml_dsa44.internal.sign(concat([1, 0], oidOfSha512, digest), key),
    "the internal function": ml_dsa44.internal.sign(message, key),
    "one zero in front": ml_dsa44.internal.sign(concat([0], message), key),
    "the flag of HashML-DSA alone": ml_dsa44.internal.sign(concat([1, 0], message), key),
    "the digest": ml_dsa44.sign(digest, key),
    "the digest for mu": ml_dsa44.internal.sign(digest, key, { externalMu: true }),
  };
  for (const [name, bytes] of Object.entries(made)) yield wrong(`made: ${name}`, bytes);
}

/** A key's pub has the length of its alg. */
export function* keyLengths(signer) {
  if (signer.kty !== "AKP") return;
  const pub = bytesOf(signer.jwk.pub);
  const withPub = (name, bytes) => skipped(signer, name, { pub: b64(bytes) });
  yield withPub("a byte less", pub.subarray(1));
  yield withPub("a byte less behind", pub.subarray(0, -1));
  yield withPub("a byte more", Buffer.concat([pub, Buffer.alloc(1)]));
  yield withPub("a byte more in front", Buffer.concat([Buffer.alloc(1), pub]));
  yield withPub("one byte", Buffer.alloc(1));
  yield withPub("DER", publicKeyDer(signer.privateJwk));
  for (const [alg, length] of [["ML-DSA-65", 1952], ["ML-DSA-87", 2592]]) {
    const longer = { pub: b64(Buffer.concat([pub, Buffer.alloc(length - pub.length)])) };
    yield skipped(signer, `of ${alg}`, longer);
    yield withKey(signer, `of ${alg}, and its alg`, { ...longer, alg }, "key_alg_mismatch");
  }
  yield withKey(signer, "all zero", { pub: b64(Buffer.alloc(pub.length)) }, "signature_invalid");
  yield withKey(signer, "all ff", { pub: b64(Buffer.alloc(pub.length, 0xff)) }, "signature_invalid");
}
