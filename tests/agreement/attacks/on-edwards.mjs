// EdDSA (RFC 8032): the numbers of a signature, and the points that keys and signatures are. By the rules of
// sections 5.1.7 and 5.2.7 without the cofactor: S B = R + h A itself, and nothing has two encodings.
import { createHash } from "node:crypto";
import { curves, domain } from "../edwards.mjs";
import { b64, bytesOf, keys, publicJwk } from "../signers.mjs";
import { attackersKey, inputOf, replaced, signatureOf } from "./on-signature.mjs";
import { skipped, withKey, withSet } from "./on-keys.mjs";

const hex = (bytes) => bytes.toString("hex");
const short = (bytes) => `${hex(bytes.subarray(0, 4))}...${hex(bytes.subarray(-2))}`;
const torsionOf = new Map(Object.entries(curves).map(([crv, curve]) => [crv, curve.torsion]));

/** The first nonce, and its R, that has the challenge that is wanted, both as it is and modulo the order. */
function nonceFor(curve, message, A, isWanted) {
  for (let r = 1n, point = curve.base; ; ++r, point = curve.add(point, curve.base)) {
    const R = curve.encode(point);
    const h = curve.challenge(curve.dom, R, A, message);
    if (isWanted(h) && isWanted(h % curve.order)) return { r, R, A };
  }
}

/** S and R as numbers and encodings; most are what a lenient verifier takes. */
export function* numbersOfEddsa(signer) {
  if (signer.kty !== "OKP") return;
  const curve = curves[signer.key];
  const { order: L, length, limit, p } = curve;
  const jwk = signer.privateJwk;
  const input = inputOf(signer);
  const signature = signatureOf(signer);
  const [R, S] = [signature.subarray(0, length), signature.subarray(length)];
  const s = BigInt(`0x${hex(Buffer.from(S).reverse())}`);
  const of = (...halves) => Buffer.concat(halves.map((half) => (typeof half === "bigint" ? curve.bytesOf(half % limit) : half)));
  const wrong = (name, bytes) => replaced(signer, name, bytes, "signature_invalid");

  // The same signature with another S, for whoever does not compare it with L.
  const multiples = [...Array(16).keys(), 31, 63, 127, 255, 511].map((k) => BigInt(k + 1)).filter((k) => s + k * L < limit);
  for (const k of multiples) yield wrong(`S + ${k} L`, of(R, s + k * L));
  yield wrong("L - S", of(R, L - s));
  yield wrong("2^w - S", of(R, limit - s));
  const scalars = { 0: 0n, 1: 1n, "L-1": L - 1n, L, "L+1": L + 1n, "2L": 2n * L, p, "2^w-1": limit - 1n };
  const points = {
    "the base point": curve.encode(curve.base),
    "the key": bytesOf(jwk.x),
    "zero bytes": Buffer.alloc(length),
    "ff bytes": Buffer.alloc(length, 0xff),
    "off the curve": curve.encoding(yOffCurve(curve)[0], 0),
  };
  for (const point of torsionOf.get(signer.key)) {
    for (const { bytes } of curve.encodingsOf(point)) points[`of small order: ${short(bytes)}`] = bytes;
  }
  for (const [name, scalar] of Object.entries(scalars)) yield wrong(`S is ${name}`, of(R, scalar));
  for (const [name, point] of Object.entries(points)) {
    yield wrong(`R is ${name}`, of(point, s));
    for (const [other, scalar] of Object.entries(scalars)) yield wrong(`R is ${name}, S is ${other}`, of(point, scalar));
  }
  yield wrong("halves exchanged", of(S, R));
  yield wrong("R twice", of(R, R));
  yield wrong("S twice", of(S, S));
  yield wrong("big-endian", of(Buffer.from(R).reverse(), Buffer.from(S).reverse()));
  yield wrong("big-endian S", of(R, Buffer.from(S).reverse()));
  const flipped = Buffer.from(R);
  flipped[length - 1] ^= 0x80;
  yield wrong("-R", of(flipped, s));
  yield wrong("-R, L - S", of(flipped, L - s));
  const [, y] = curve.affine(curve.decode(R));
  for (const k of [1n, 2n, 3n].filter((k) => y + k * p < limit / 2n)) {
    yield wrong(`y of R + ${k} p`, of(curve.encoding(y + k * p, R.at(-1) >> 7), s));
  }

  // From here on the key's owner signs, but not as the RFC says.
  const made = (name, more) => wrong(`made: ${name}`, curve.sign(jwk, input, more));
  const r = 0x123456789abcdefn;
  yield replaced(signer, "made: another nonce", curve.sign(jwk, input, { r }), "valid");
  yield replaced(signer, "made: nonce zero, so that R is neutral", curve.sign(jwk, input, { r: 0n }), "valid");
  for (const { bytes, isCanonical } of curve.encodingsOf(curve.identity)) {
    if (!isCanonical) yield made(`R is neutral as ${short(bytes)}`, { r: 0n, R: bytes });
  }
  // The equation with the cofactor holds for these.
  for (const torsion of torsionOf.get(signer.key).slice(1)) {
    const which = short(curve.encode(torsion));
    yield made(`R + ${which}`, { r, R: curve.encode(curve.add(curve.multiply(r, curve.base), torsion)) });
    for (const { bytes, isCanonical } of curve.encodingsOf(torsion)) {
      yield made(`R is ${short(bytes)}${isCanonical ? "" : ", not canonical"}`, { r: 0n, R: bytes });
    }
  }
  const point = curve.encode(curve.multiply(r, curve.base));
  const A = bytesOf(jwk.x);
  const challenges = {
    "h without R": curve.challenge(curve.dom, A, input),
    "h without the key": curve.challenge(curve.dom, point, input),
    "h of the message": curve.challenge(curve.dom, input),
    "h of key, R, message": curve.challenge(curve.dom, A, point, input),
    "h of zero": 0n,
    "h of one": 1n,
    "h cut": curve.challenge(curve.dom, point, A, input) % 2n ** BigInt(4 * length),
    "-h": L - (curve.challenge(curve.dom, point, A, input) % L),
  };
  for (const [name, h] of Object.entries(challenges)) yield made(name, { r, h });
  yield made("h with another key", { r, A: bytesOf(attackersKey(signer).x) });
  // RFC 8032 section 5: the variants that no JWS uses
  const prehashed = signer.key === "Ed25519" ? createHash("sha512") : createHash("shake256", { outputLength: 64 });
  const digest = prehashed.update(input).digest();
  const variants = {
    ph: [digest, domain(curve.prefix, 1, "")],
    "ph with a context": [digest, domain(curve.prefix, 1, "x")],
    "ph, its flag alone": [input, domain(curve.prefix, 1, "")],
    "ph without its flag": [digest, curve.dom],
    "ctx: x": [input, domain(curve.prefix, 0, "x")],
    "ctx: JWT": [input, domain(curve.prefix, 0, "JWT")],
    "ctx of 255 bytes": [input, domain(curve.prefix, 0, "x".repeat(255))],
    // Ed25519 has no empty context, and Ed448 always has one.
    "the other rule for an empty context": [input, signer.key === "Ed25519" ? domain(curve.prefix, 0, "") : Buffer.alloc(0)],
    "the other curve's prefix": [input, domain(signer.key === "Ed25519" ? "SigEd448" : curves.Ed25519.prefix, 0, "")],
  };
  for (const [name, [message, dom]] of Object.entries(variants)) {
    yield wrong(`made: ${name}`, curve.sign(jwk, message, { r, dom }));
  }
  const others = { "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512", "SHA3-512": "sha3-512", SHAKE256: "shake256" };
  for (const [name, hash] of Object.entries(others)) {
    if ({ Ed25519: "sha512", Ed448: "shake256" }[signer.key] === hash) continue;
    const hashing = createHash(hash, hash === "shake256" ? { outputLength: 2 * length } : {});
    const hashed = hashing.update(Buffer.concat([curve.dom, point, A, Buffer.from(input)])).digest();
    yield made(name, { r, h: BigInt(`0x${hex(hashed.reverse())}`) });
  }
  const seed = BigInt(`0x${hex(bytesOf(jwk.d).reverse())}`) % L;
  const h = curve.challenge(curve.dom, point, A, input);
  yield wrong("made: the seed as scalar", of(point, (r + h * seed) % L));
}

/** The first few y that no point of the curve has. */
function yOffCurve(curve, count = 1) {
  const found = [];
  for (let y = 2n; found.length < count; ++y) if (!curve.pointOf(y)) found.push(y);
  return found;
}

/** Keys that are no points, points that are no keys, and tokens that these would verify. */
export function* edwardsPoints(signer) {
  if (signer.kty !== "OKP") return;
  const { crv, x } = signer.jwk;
  const curve = curves[crv];
  const { length, p, limit } = curve;
  const input = inputOf(signer);
  const own = bytesOf(x);
  const torsion = torsionOf.get(crv);
  const isNeutral = (h) => h % curve.cofactor === 0n;

  // To a key of small order h A is often neutral, so that anyone signs by S B = R alone.
  for (const point of torsion) {
    for (const { bytes, isCanonical } of curve.encodingsOf(point)) {
      const { r, R } = nonceFor(curve, input, bytes, isNeutral);
      for (const [which, token] of Object.entries({
        forged: signer.with({ signature: b64(Buffer.concat([R, curve.bytesOf(r)])) }),
        "the owner's": signer.valid,
        "all zero": signer.with({ signature: b64(Buffer.alloc(2 * length)) }),
      })) {
        const name = `of small order: ${short(bytes)}${isCanonical ? "" : ", not canonical"}, ${which}`;
        yield { ...skipped(signer, name, { x: b64(bytes) }), token };
      }
    }
  }
  // A point like any other, whose y is small enough to be written in a second way.
  const room = limit / 2n;
  let count = 0;
  for (let y = 2n; y + p < room && count < 4; ++y) {
    const point = curve.pointOf(y);
    if (!point || curve.isIdentity(curve.multiply(curve.cofactor, point))) continue;
    for (const sign of [0, 1]) {
      yield withKey(signer, `y is ${y}, sign ${sign}`, { x: b64(curve.encoding(y, sign)) }, "signature_invalid");
      yield skipped(signer, `y is ${y} + p, sign ${sign}`, { x: b64(curve.encoding(y + p, sign)) });
    }
    ++count;
  }
  for (const y of [...yOffCurve(curve, 5), p - yOffCurve(curve)[0]]) {
    const which = y < room / 2n ? `${y}` : `p - ${p - y}`;
    for (const sign of [0, 1]) yield skipped(signer, `no x for y ${which}, sign ${sign}`, { x: b64(curve.encoding(y, sign)) });
  }
  const flipped = (bit) => {
    const bytes = Buffer.from(own);
    bytes[bit >> 3] ^= 1 << (bit & 7);
    return bytes;
  };
  // The sign bit is the last one; before it Ed448 has seven that are zero.
  yield withKey(signer, "the opposite point", { x: b64(flipped(8 * length - 1)) }, "signature_invalid");
  const bits = Array.from({ length: length - 1 }, (_, at) => 8 * at + (at & 7));
  for (let bit = 8 * length - 8; bit < 8 * length - 1; ++bit) bits.push(bit);
  // Once for each key: that of EdDSA has another name as well.
  for (const bit of signer.alg === "EdDSA" ? [] : bits) {
    const bytes = flipped(bit);
    const y = BigInt(`0x${hex(Buffer.from(bytes).reverse())}`) % room;
    yield withKey(signer, `bit ${bit}`, { x: b64(bytes) }, y < p && curve.pointOf(y) ? "signature_invalid" : "no_matching_key");
  }
  const values = {
    "all ff": Buffer.alloc(length, 0xff),
    p: curve.encoding(p, 0),
    "2^b - 1": curve.encoding(room - 1n, 0),
    "a byte less": own.subarray(0, -1),
    "a byte less in front": own.subarray(1),
    "a zero more": Buffer.concat([own, Buffer.alloc(1)]),
    "a zero more in front": Buffer.concat([Buffer.alloc(1), own]),
    "a prefix of OpenPGP": Buffer.concat([Buffer.of(0x40), own]),
    "x and y": Buffer.concat(curve.affine(curve.decode(own)).map((number) => curve.bytesOf(number))),
    "uncompressed": Buffer.concat([Buffer.of(4), ...curve.affine(curve.decode(own)).map((number) => curve.bytesOf(number))]),
    hexadecimal: Buffer.from(hex(own)),
    twice: Buffer.concat([own, own]),
    "one byte": Buffer.of(1),
  };
  for (const [name, bytes] of Object.entries(values)) yield skipped(signer, name, { x: b64(bytes) });
  const names = ["Ed25519", "Ed448", "X25519", "X448", "ed25519", "ED448", "Curve25519", "Ed25519ph", "P-256", "", "1.3.101.112"];
  for (const other of names) if (other !== crv) yield skipped(signer, `crv: ${other}`, { crv: other });
  for (const value of [undefined, null, 1, [crv]]) yield skipped(signer, `crv: ${JSON.stringify(value)}`, { crv: value });
  yield withKey(signer, "a y beside x", { y: b64(own) }, "valid");

  // Of mixed order: the owner's point and one of small order. Without the cofactor it is as good as what h makes of it.
  for (const point of torsion.slice(1)) {
    const A = curve.encode(curve.add(curve.decode(own), point));
    const which = short(curve.encode(point));
    const signed = (name, isWanted, expected) => {
      const signature = curve.sign(signer.privateJwk, input, nonceFor(curve, input, A, isWanted));
      return { ...withKey(signer, `${name}: ${which}`, { x: b64(A) }, expected), token: signer.with({ signature: b64(signature) }) };
    };
    yield withKey(signer, `of mixed order: ${which}`, { x: b64(A) }, "signature_invalid");
    yield signed("of mixed order, with the cofactor", (h) => h % 2n === 1n, "signature_invalid");
    yield signed("of mixed order, which h undoes", isNeutral, "valid");
  }

  // Both curves serve EdDSA; the key says which one it is.
  const other = crv === "Ed25519" ? "Ed448" : "Ed25519";
  const foreign = { ...publicJwk(keys[other]), kid: "k1", use: "sig" };
  const isPolymorphic = signer.alg === "EdDSA";
  const mismatch = isPolymorphic ? "signature_length_invalid" : "key_alg_mismatch";
  yield withSet(signer, `a key on ${other}`, { keys: [foreign] }, mismatch);
  yield withSet(signer, `a key on ${other}, its alg EdDSA`, { keys: [{ ...foreign, alg: "EdDSA" }] }, mismatch);
  yield withSet(signer, `a key on ${other}, its alg ${other}`, { keys: [{ ...foreign, alg: other }] }, mismatch);
  yield withSet(signer, `a key on ${other}, its alg ${crv}`, { keys: [{ ...foreign, alg: crv }] }, "no_matching_key");
  yield withSet(signer, `a key on ${other} beside it`, { keys: [foreign, signer.jwk] }, isPolymorphic ? "multiple_matching_keys" : "valid");
  const tried = { ...withSet(signer, `a key on ${other} beside it, and each is tried`, { keys: [foreign, signer.jwk] }, "valid") };
  yield { ...tried, options: { ...signer.options, multipleKeys: "try" } };
  const stranger = { ...signer.jwk, ...publicJwk(attackersKey(signer)) };
  for (const alg of ["EdDSA", crv]) {
    yield withSet(signer, `another of the same kid for ${alg}`, { keys: [{ ...stranger, alg }, signer.jwk] }, "multiple_matching_keys");
  }
}
