/// <reference lib="esnext.disposable" preserve="true" />
import { atMost, jsonText } from "../text.js";
import type { Jwk } from "../types.js";
import { Held, secretOf } from "./held.js";
import { issuerCore, withEntropy, type IssuerCore } from "./instance.js";
import { optionsText } from "./options.js";

import type { PublicJwk, SigningAlgorithm } from "./types.js";

interface Description {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly thumbprint: string;
  readonly publicJwk?: PublicJwk;
}

const maxJwkSize = 64 * 1024;

let heldOf: (key: SigningKey) => Held;

/** A private or symmetric key and the one algorithm that it signs with. Immutable. */
export class SigningKey {
  #held: Held;
  #description: Description;

  private constructor(core: IssuerCore, address: number) {
    this.#held = new Held("SigningKey", "touchstone_signing_key_free", core, address);
    this.#description = JSON.parse(core.call((wasm) => wasm.bridge_signing_key_describe(address)).text);
  }

  static {
    heldOf = (key) => key.#held;
  }

  /**
   * Makes a key. RSA takes seconds. `kid` is 1 to 256 printable ASCII characters, by default the thumbprint.
   *
   * Errors: `signing_alg_unsupported`, `option_invalid`, `key_generation_failed`.
   */
  static generate(alg: SigningAlgorithm, options?: { rsaBits?: number; kid?: string }): SigningKey {
    const core = issuerCore();
    const text = optionsText("options", options);
    const { handle } = withEntropy((entropy) =>
      core.call((wasm, ...at) => wasm.bridge_signing_key_generate(...at), String(alg), text, entropy),
    );
    return new SigningKey(core, handle);
  }

  /**
   * Reads a private JWK (RFC 7517), of RSA one with all of p, q, dp, dq and qi, and checks that its parts belong
   * together. `alg` is for a key that does not say its own. What is given as bytes the caller can wipe.
   *
   * Errors: `jwk_malformed`; those of a key that a verifier would skip; `private_key_mismatch`;
   * `signing_alg_unsupported`.
   */
  static import(jwk: Jwk | string | Uint8Array, alg?: SigningAlgorithm): SigningKey {
    const core = issuerCore();
    const text = atMost(maxJwkSize, jsonText(jwk));
    const { handle } = core.call((wasm, ...at) => wasm.bridge_signing_key_parse(...at), text, String(alg ?? ""));
    return new SigningKey(core, handle);
  }

  get alg(): SigningAlgorithm {
    return this.#description.alg;
  }
  get kid(): string {
    return this.#description.kid;
  }
  /** RFC 7638 with SHA-256, base64url. */
  get thumbprint(): string {
    return this.#description.thumbprint;
  }
  get isSymmetric(): boolean {
    return this.#description.publicJwk === undefined;
  }
  /** None of a symmetric key. */
  get publicJwk(): PublicJwk | undefined {
    return this.#description.publicJwk && { ...this.#description.publicJwk };
  }

  /** The whole key, private members and all. */
  exportPrivateJwk(): Jwk & { readonly kid: string; readonly alg: string } {
    return JSON.parse(secretOf(this.#held, "bridge_signing_key_private_jwk"));
  }

  /** For logs and JSON.stringify(): nothing secret. */
  toJSON(): { kid: string; alg: string; thumbprint: string; publicJwk?: PublicJwk } {
    return { ...this.#description };
  }

  /** Wipes the key now rather than at garbage collection. Any later use is a TypeError. */
  dispose(): void {
    this.#held.dispose();
  }
}

/** `using key = SigningKey.generate("ES256")`, where the runtime has it. */
export interface SigningKey extends Disposable {}

if (Symbol.dispose) {
  Object.defineProperty(SigningKey.prototype, Symbol.dispose, { value: SigningKey.prototype.dispose });
}

/**
 * Signs any payload: a compact JWS (RFC 7515 section 7.1). header: members to add to `alg` and `kid`, such as
 * `{ typ: "at+jwt" }`; `alg`, `kid`, `crit` and `b64` cannot be set.
 *
 * Errors: `option_invalid`, `signing_failed`.
 */
export function signJws(
  payload: string | Uint8Array,
  key: SigningKey,
  header: Readonly<Record<string, unknown>> = {},
): string {
  const { core, address } = heldOf(key);
  return withEntropy((entropy) =>
    core.call((wasm, ...at) => wasm.bridge_sign_jws(...at, address), payload, jsonText(header), entropy),
  ).text;
}
