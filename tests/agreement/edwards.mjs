// Ed25519 and Ed448 (RFC 8032) in BigInt, for what node:crypto would not make: points off their curve or of small
// order, signatures by other rules.
import { createHash } from "node:crypto";

const mod = (a, m) => ((a % m) + m) % m;
function power(base, exponent, m) {
  let result = 1n;
  for (let square = mod(base, m); exponent > 0n; exponent >>= 1n, square = (square * square) % m) {
    if (exponent & 1n) result = (result * square) % m;
  }
  return result;
}
const inverse = (a, p) => power(a, p - 2n, p);
const numberOf = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);

/** a x^2 + y^2 = 1 + d x^2 y^2 over GF(p). A point is [X, Y, Z], where x = X / Z and y = Y / Z. */
class Curve {
  constructor(members) {
    Object.assign(this, members);
    this.d = mod(this.d, this.p);
    this.identity = [0n, 1n, 1n];
    this.base = [...this.generator, 1n];
  }

  /** The first number that has no room in a half of a signature. */
  get limit() {
    return 1n << BigInt(8 * this.length);
  }

  add([x1, y1, z1], [x2, y2, z2]) {
    const { p } = this;
    const a = (z1 * z2) % p;
    const c = (x1 * x2) % p;
    const d = (y1 * y2) % p;
    const e = (((this.d * c) % p) * d) % p;
    const [f, g] = [a * a - e, a * a + e];
    const x = ((a * f) % p) * ((x1 + y1) * (x2 + y2) - c - d);
    const y = ((a * g) % p) * (d - this.a * c);
    return [mod(x, p), mod(y, p), mod(f * g, p)];
  }

  multiply(scalar, point) {
    let sum = this.identity;
    for (let twice = point; scalar > 0n; scalar >>= 1n, twice = this.add(twice, twice)) {
      if (scalar & 1n) sum = this.add(sum, twice);
    }
    return sum;
  }

  isIdentity([x, y, z]) {
    return x === 0n && y === z;
  }

  affine([x, y, z]) {
    const scale = inverse(z, this.p);
    return [(x * scale) % this.p, (y * scale) % this.p];
  }

  /** Little-endian, in the length of a point's encoding. */
  bytesOf(number) {
    return Buffer.from(number.toString(16).padStart(2 * this.length, "0"), "hex").reverse();
  }

  /** y, which may be any number that has room, and a sign bit. */
  encoding(y, sign) {
    return this.bytesOf(y | (BigInt(sign) << BigInt(8 * this.length - 1)));
  }

  encode(point) {
    const [x, y] = this.affine(point);
    return this.encoding(y, x & 1n);
  }

  /** The point of this y whose x is even; undefined when the curve has none. */
  pointOf(y) {
    const { p } = this;
    const square = mod((1n - y * y) * inverse(mod(this.a - this.d * y * y, p), p), p);
    let root = power(square, p % 4n === 3n ? (p + 1n) / 4n : (p + 3n) / 8n, p);
    // With Ed25519 it may be the root of the opposite, which a root of -1 sets right.
    if ((root * root) % p !== square) root = (root * power(2n, (p - 1n) / 4n, p)) % p;
    if ((root * root) % p !== square) return undefined;
    return [root & 1n ? p - root : root, y, 1n];
  }

  decode(bytes) {
    const encoded = numberOf(bytes);
    const sign = encoded >> BigInt(8 * this.length - 1);
    const [x, y, z] = this.pointOf(encoded - (sign << BigInt(8 * this.length - 1)));
    return [sign ? this.p - x : x, y, z];
  }

  /** The points whose order divides the cofactor: the multiples of one of the order's full length. */
  get torsion() {
    for (let y = 2n; ; ++y) {
      const point = this.pointOf(y);
      const generator = point && this.multiply(this.order, point);
      if (!generator || this.isIdentity(this.multiply(this.cofactor / 2n, generator))) continue;
      return Array.from({ length: Number(this.cofactor) }, (_, i) => this.multiply(BigInt(i), generator));
    }
  }

  /** Each way to write a y and a sign, the canonical one and those that a careless reader takes for it. */
  *encodingsOf(point) {
    const [x, y] = this.affine(point);
    const canonical = this.encoding(y, x & 1n);
    const room = this.limit / 2n;
    const others = [y, y + this.p, y + 2n * this.p, y + ((room - 1n - y) / this.p) * this.p];
    for (const spelled of new Set(others.filter((other) => other < room))) {
      const signs = x === 0n ? [0n, 1n] : [x & 1n];
      for (const sign of signs) {
        const bytes = this.encoding(spelled, sign);
        yield { bytes, isCanonical: bytes.equals(canonical) };
      }
    }
  }

  /** H(parts) as a number that is not reduced. */
  challenge(...parts) {
    return numberOf(this.hash(Buffer.concat(parts.map((part) => Buffer.from(part)))));
  }

  /** The secret scalar of a private JWK (RFC 8032 sections 5.1.5 and 5.2.5). */
  scalarOf({ d }) {
    return this.clamp(numberOf(this.hash(Buffer.from(d, "base64url")).subarray(0, this.length)));
  }

  /** R || S, where S = r + h a; each part may be another than the RFC says. */
  sign(jwk, message, { r, R = this.encode(this.multiply(r, this.base)), A = Buffer.from(jwk.x, "base64url"), dom = this.dom, h } = {}) {
    const k = h ?? this.challenge(dom, R, A, message);
    return Buffer.concat([R, this.bytesOf(mod(r + k * this.scalarOf(jwk), this.order))]);
  }
}

/** dom2 and dom4 (RFC 8032 section 2): a flag for a message that is hashed beforehand, and a context. */
export const domain = (prefix, flag, context) =>
  Buffer.concat([Buffer.from(prefix), Buffer.of(flag, context.length), Buffer.from(context)]);

export const curves = {
  Ed25519: new Curve({
    p: 2n ** 255n - 19n,
    a: -1n,
    d: 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n,
    order: 2n ** 252n + 27742317777372353535851937790883648493n,
    cofactor: 8n,
    length: 32,
    generator: [
      15112221349535400772501151409588531511454012693041857206046113283949847762202n,
      46316835694926478169428394003475163141307993866256225615783033603165251855960n,
    ],
    hash: (bytes) => createHash("sha512").update(bytes).digest(),
    clamp: (number) => ((number & (2n ** 255n - 8n)) % 2n ** 254n) | (1n << 254n),
    dom: Buffer.alloc(0),
    prefix: "SigEd25519 no Ed25519 collisions",
  }),
  Ed448: new Curve({
    p: 2n ** 448n - 2n ** 224n - 1n,
    a: 1n,
    d: -39081n,
    order: 2n ** 446n - 13818066809895115352007386748515426880336692474882178609894547503885n,
    cofactor: 4n,
    length: 57,
    generator: [
      0x4f1970c66bed0ded221d15a622bf36da9e146570470f1767ea6de324a3d3a46412ae1af72ab66511433b80e18b00938e2626a82bc70cc05en,
      0x693f46716eb6bc248876203756c9c7624bea73736ca3984087789c1e05a0c2d73ad3ff1ce67c39c4fdbd132c4ed7c8ad9808795bf230fa14n,
    ],
    hash: (bytes) => createHash("shake256", { outputLength: 114 }).update(bytes).digest(),
    clamp: (number) => ((number & (2n ** 448n - 4n)) % 2n ** 447n) | (1n << 447n),
    dom: domain("SigEd448", 0, ""),
    prefix: "SigEd448",
  }),
};
