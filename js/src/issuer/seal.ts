import { takeSecret } from "./held.js";
import { issuerCore, refuseOption, withEntropy } from "./instance.js";
import { heldOf, ringOf, type KeyRing } from "./key-ring.js";
import { optionsText } from "./options.js";
import type { CompletePolicy, KeptRing, RotationPolicy } from "./types.js";

/**
 * What a store holds of a ring and its policy: a JWE in compact form (RFC 7516; `dir`, `A256GCM`), which the native
 * library and program read, too. sealingKey: 32 octets in base64url, base64 or hexadecimal; null to have the private
 * keys in the clear. Errors: `sealing_key_malformed`, `option_invalid`.
 */
export function seal(ring: KeyRing, policy: RotationPolicy | undefined, sealingKey: string | null): string {
  const { core, address } = heldOf(ring);
  const [policyText, key] = [optionsText("policy", policy), keyText(sealingKey)];
  return takeSecret(core, withEntropy((entropy) =>
    core.call((wasm, ...at) => wasm.bridge_seal(...at, address), policyText, key, entropy),
  ));
}

/**
 * Reads what `seal()` wrote. What is in the clear is refused when there is a key.
 *
 * Errors: `sealing_key_malformed`, `sealing_key_missing`, `sealing_key_mismatch`, `sealed_ring_corrupt`,
 * `ring_not_sealed`; as of `KeyRing.parse()`; `option_invalid` of the policy.
 */
export function unseal(text: string, sealingKey: string | null): KeptRing {
  const core = issuerCore();
  const answer = core.call((wasm, ...at) => wasm.bridge_unseal(...at), String(text), keyText(sealingKey));
  return { policy: JSON.parse(answer.text), ring: ringOf(core, answer.handle) };
}

/** The `kid` of the sealing key that a text wants, to ask a key management system for it; undefined when there is none. */
export function sealingKid(text: string): string | undefined {
  return issuerCore().call((wasm, ...at) => wasm.bridge_sealing_kid(...at), String(text)).text || undefined;
}

/** A new sealing key, in base64url. */
export function generateSealingKey(): string {
  const core = issuerCore();
  return takeSecret(core, withEntropy((entropy) => core.call((wasm, ...at) => wasm.bridge_sealing_key_generate(...at), entropy)));
}

/** The policy with all of its members. Throws `option_invalid` with what contradicts in it, and what to change. */
export const completePolicy = (policy?: RotationPolicy): CompletePolicy =>
  JSON.parse(issuerCore().call((wasm, ...at) => wasm.bridge_rotation_policy_parse(...at), optionsText("policy", policy)).text);

/** For the core no key is an empty text; one that somebody gave is malformed. */
function keyText(sealingKey: unknown): string {
  if (sealingKey === null) return "";
  return typeof sealingKey === "string" ? sealingKey || " " : refuseOption("sealingKey", "is no text; null is for none");
}
