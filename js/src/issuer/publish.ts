import { heldOf, type KeyRing } from "./key-ring.js";
import { optionsText, secondsOf } from "./options.js";
import type { MetadataOptions, Publication, PublicJwkSet } from "./types.js";

/** The JWK Set: every key, whatever its state, but for symmetric ones and those whose time is over. */
export const publicJwks = (ring: KeyRing, now?: Date): PublicJwkSet => JSON.parse(publishJwks(ring, now).body);

/**
 * The JWK Set to serve, with its fields. Copies may be kept for the ring's cacheLifetime, but no longer than until the next key of it is
 * removed: then for a tenth of it at the least, so that not all clients come at once.
 */
export function publishJwks(ring: KeyRing, now?: Date): Publication {
  const { core, address } = heldOf(ring);
  const seconds = secondsOf(now);
  return JSON.parse(core.call((wasm) => wasm.bridge_publish_jwks(address, seconds)).text);
}

/**
 * The metadata of OpenID Connect Discovery section 4.2: `issuer`, `jwks_uri`, and
 * `id_token_signing_alg_values_supported` with the algorithms of the published keys.
 *
 * Errors: `issuer_invalid`, `jwks_uri_invalid`, `option_invalid`.
 */
export const openidConfiguration = (ring: KeyRing, options: MetadataOptions): Publication =>
  metadata("bridge_publish_openid_configuration", ring, options);

/** The metadata of RFC 8414 section 3.2: `issuer` and `jwks_uri`. */
export const oauthMetadata = (ring: KeyRing, options: MetadataOptions): Publication =>
  metadata("bridge_publish_oauth_metadata", ring, options);

function metadata(
  bridge: "bridge_publish_openid_configuration" | "bridge_publish_oauth_metadata",
  ring: KeyRing,
  options: MetadataOptions,
): Publication {
  const { core, address } = heldOf(ring);
  const text = optionsText("options", options, ["additions"]);
  return JSON.parse(core.call((wasm, ...at) => wasm[bridge](...at, address), text).text);
}
