// The issuer's module, apart from the verifier's: who signs need not load that.
import { Core, type AnyExports } from "../instance.js";

/** Takes the texts' addresses and lengths, one after the other, then numbers; returns an Answer's address. */
type Bridge = (...at: number[]) => number;

export type IssuerExports = AnyExports & Record<Free, (handle: number) => void> & Record<BridgeName, Bridge>;

export type Free = `touchstone_${"secret" | "signing_key" | "key_ring"}_free`;
export type BridgeName = `bridge_${
  | `signing_key_${"generate" | "parse" | "describe" | "private_jwk"}`
  | `key_ring_${"new" | "copy" | "parse" | "json" | "describe" | "count"}`
  | "seal" | "unseal" | "sealing_kid" | "sealing_key_generate" | "rotation_policy_parse"
  | "timeline" | "timeline_svg" | "rotate" | "revoke" | "retire_early" | "resume" | "sign" | "sign_jws"
  | `publish_${"jwks" | "openid_configuration" | "oauth_metadata"}`}`;

export type IssuerCore = Core<IssuerExports>;

let instance: IssuerCore | undefined;
let getModule: () => WebAssembly.Module;

/** As withModule(). */
export function withIssuerModule<Value>(get: () => WebAssembly.Module, value: Value): Value {
  getModule = get;
  return value;
}

export function issuerCore(): IssuerCore {
  return (instance ??= new Core<IssuerExports>(getModule(), (lost) => {
    if (instance === lost) instance = undefined;
  }));
}

export const isCurrent = (core: IssuerCore): boolean => core === instance;

/** The rows of errors.def that this side has to find by itself. */
export const rows = {
  issuer_mismatch: 416,
  signing_key_missing: 710,
  signing_key_exhausted: 711,
  store_unavailable: 730,
  store_conflict: 731,
  store_missing: 732,
  store_permission: 733,
  store_corrupt: 734,
  store_full: 735,
};

/** Throws `option_invalid`. */
export function refuseOption(name: string, hint?: string): never {
  throw issuerCore().error("option_invalid", { member: name, ...(hint === undefined ? {} : { hint }) });
}

/** 48 new bytes for one call, wiped behind it. */
export function withEntropy<Value>(use: (entropy: Uint8Array) => Value): Value {
  const entropy = crypto.getRandomValues(new Uint8Array(48));
  try {
    return use(entropy);
  } finally {
    entropy.fill(0);
  }
}
