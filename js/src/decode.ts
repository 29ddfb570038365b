import { core } from "./instance.js";
import { checkIsText, tokenText } from "./jwt.js";
import type { UnverifiedJwt } from "./types.js";

/** Takes a JWT apart and verifies nothing: for display and logs, never for decisions. At most 64 KiB. */
export function decode(jwt: string): UnverifiedJwt {
  checkIsText(jwt);
  const answer = core().call(
    (wasm, text, length) => wasm.bridge_decode(text!, length!),
    tokenText(jwt, { maxTokenSize: 64 * 1024 }),
  );
  const [unverifiedHeader, unverifiedPayload] = JSON.parse(answer.text);
  return { unverifiedHeader, unverifiedPayload };
}
