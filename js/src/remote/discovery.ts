import { httpGet, HttpGetError, type HttpGetOptions } from "../http-get.js";
import { core } from "../instance.js";
import type { ProviderMetadata } from "../types.js";

const maxMetadataSize = 256 * 1024;

/** Where the issuer's metadata may be. Throws `issuer_invalid`. */
export const wellKnownUrls = (issuer: string): string[] =>
  JSON.parse(core().call((wasm, text, length) => wasm.bridge_well_known_urls(text!, length!), issuer).text);

/**
 * Asks an issuer for its metadata (RFC 8414, OpenID Connect Discovery).
 *
 * Rejects with what `parse_metadata` of the core refuses, or an HttpGetError.
 */
export async function fetchMetadata(
  issuer: string,
  allowPrivateAddresses: boolean,
  options: Omit<HttpGetOptions, "maxSize">,
): Promise<ProviderMetadata> {
  let status = 0;
  for (const url of wellKnownUrls(issuer)) {
    const response = await httpGet(url, [["Accept", "application/json"]], { ...options, maxSize: maxMetadataSize });
    if (response.status === 200) return parse(response.body, issuer, allowPrivateAddresses);
    status = response.status;
  }
  throw new HttpGetError("fetch_failed", `the issuer has no metadata: status ${status}`);
}

function parse(body: Uint8Array, issuer: string, allowPrivateAddresses: boolean): ProviderMetadata {
  const { text } = core().call(
    (wasm, document, length, name, nameLength) =>
      wasm.bridge_metadata_parse(document!, length!, name!, nameLength!, Number(allowPrivateAddresses)),
    body,
    issuer,
  );
  const { jwks_uri: jwksUri, id_token_signing_alg_values_supported: algorithms } = JSON.parse(text);
  return { issuer, jwksUri, ...(algorithms ? { idTokenSigningAlgValuesSupported: algorithms } : {}) };
}
