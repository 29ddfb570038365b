/** Public keys in PEM and DER (RFC 7468, RFC 5280), as far as it takes to read them. The core says if they are good. */

import { fromBase64, encode } from "./base64url.js";
import { JOSENotSupported } from "./errors.js";
import type { JWK } from "./types.js";

const maxPemSize = 64 * 1024;

/** Of the first block, which must stand at the start. Throws a TypeError. */
export function bytesOfPem(text: unknown, label: "PUBLIC KEY" | "CERTIFICATE"): Uint8Array {
  const begin = `-----BEGIN ${label}-----`;
  if (typeof text !== "string" || !text.startsWith(begin)) throw new TypeError(`the PEM does not begin with ${begin}`);
  const end = text.indexOf(`-----END ${label}-----`);
  if (end < 0 || end > maxPemSize) throw new TypeError(`the PEM has no end within ${maxPemSize} characters`);
  try {
    return fromBase64(text.slice(begin.length, end).replace(/\s/g, ""));
  } catch (cause) {
    throw new TypeError("the PEM holds no base64", { cause });
  }
}

/** Tags of ASN.1 (X.690). */
const tag = { integer: 0x02, bitString: 0x03, objectIdentifier: 0x06, sequence: 0x30, version: 0xa0 };

/** Reads DER elements one after the other. Throws a TypeError for what is none. */
class Der {
  #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get nextTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The contents of the next element, of this tag or of any. */
  read(wanted?: number): Uint8Array {
    const [start, end] = this.#extent(wanted);
    this.#at = end;
    return this.#bytes.subarray(start, end);
  }

  /** The next element as a whole. */
  element(wanted: number): Uint8Array {
    const from = this.#at;
    this.read(wanted);
    return this.#bytes.subarray(from, this.#at);
  }

  #extent(wanted: number | undefined): [start: number, end: number] {
    const [found, first = 0x80] = this.#bytes.subarray(this.#at, this.#at + 2);
    const isLong = first > 0x80;
    const start = this.#at + 2 + (isLong ? first - 0x80 : 0);
    const octets = isLong ? [...this.#bytes.subarray(this.#at + 2, start)] : [first];
    const length = octets.reduce((sum, octet) => sum * 256 + octet, 0);
    const isRight = found !== undefined && (wanted === undefined || found === wanted);
    if (!isRight || first === 0x80 || start + length > this.#bytes.length) {
      throw new TypeError("this is not the DER of a public key or certificate");
    }
    return [start, start + length];
  }
}

/** The SubjectPublicKeyInfo of a certificate (RFC 5280 section 4.1). */
export function spkiOfCertificate(certificate: Uint8Array): Uint8Array {
  const toBeSigned = new Der(new Der(new Der(certificate).read(tag.sequence)).read(tag.sequence));
  if (toBeSigned.nextTag === tag.version) toBeSigned.read();
  for (const wanted of [tag.integer, tag.sequence, tag.sequence, tag.sequence, tag.sequence]) toBeSigned.read(wanted);
  return toBeSigned.element(tag.sequence);
}

/** Key types by their object identifiers' octets in hex, and for some the curve or the algorithm. */
const keyTypes: Readonly<Record<string, (key: Uint8Array, parameters: Der) => JWK>> = {
  "2a864886f70d010101": rsaJwk,
  "2a8648ce3d0201": ecJwk,
  "2b6570": (key) => ({ kty: "OKP", crv: "Ed25519", x: encode(key) }),
  "2b6571": (key) => ({ kty: "OKP", crv: "Ed448", x: encode(key) }),
  "608648016503040311": (key) => ({ kty: "AKP", alg: "ML-DSA-44", pub: encode(key) }),
  "608648016503040312": (key) => ({ kty: "AKP", alg: "ML-DSA-65", pub: encode(key) }),
  "608648016503040313": (key) => ({ kty: "AKP", alg: "ML-DSA-87", pub: encode(key) }),
};

const curves: Readonly<Record<string, string>> = {
  "2a8648ce3d030107": "P-256",
  "2b81040022": "P-384",
  "2b81040023": "P-521",
  "2b8104000a": "secp256k1",
};

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** RFC 5280 section 4.1.2.7. Throws a TypeError, or JOSENotSupported for a kind of key that is not known. */
export function jwkOfSpki(spki: Uint8Array): JWK {
  const info = new Der(new Der(spki).read(tag.sequence));
  const algorithm = new Der(info.read(tag.sequence));
  const type = hex(algorithm.read(tag.objectIdentifier));
  const [unusedBits, ...key] = info.read(tag.bitString);
  if (unusedBits !== 0) throw new TypeError("the key does not end with an octet");
  if (!Object.hasOwn(keyTypes, type)) throw new JOSENotSupported("the key is of a type that is not known here");
  return keyTypes[type]!(Uint8Array.from(key), algorithm);
}

/** RFC 8017 appendix A.1.1 */
function rsaJwk(key: Uint8Array): JWK {
  const members = new Der(new Der(key).read(tag.sequence));
  // DER puts a zero before a number whose first bit is set.
  const [n, e] = [members.read(tag.integer), members.read(tag.integer)].map((octets) =>
    encode(octets[0] === 0 ? octets.subarray(1) : octets),
  );
  return { kty: "RSA", n: n!, e: e! };
}

/** RFC 5480 section 2 */
function ecJwk(point: Uint8Array, parameters: Der): JWK {
  const curve = hex(parameters.read(tag.objectIdentifier));
  if (!Object.hasOwn(curves, curve)) throw new JOSENotSupported("the key is on a curve that is not known here");
  const uncompressed = 4;
  if (point[0] !== uncompressed) throw new TypeError("the key's point is compressed");
  const length = (point.length - 1) / 2;
  const [x, y] = [point.slice(1, 1 + length), point.slice(1 + length)];
  return { kty: "EC", crv: curves[curve]!, x: encode(x), y: encode(y) };
}
