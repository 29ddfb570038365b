import { TouchstoneError, type Refusal } from "./errors.js";
import { core } from "./instance.js";
import { plainEntries, readOptions, refuseOption } from "./options.js";
import type { ParsedKeySet } from "./parsed-key-set.js";
import { atMost, jsonText, type Text } from "./text.js";
import type { JoseHeader, JwsSignature, VerifiedJws, VerifyJwsOptions } from "./types.js";

/** Claims are not looked at, so that whoever expects something of them is told. */
const optionNames = ["algorithms", "crit", "multipleKeys", "requireKeyAlg", "ignoreKid", "maxTokenSize", "signatures"];

/** As the core writes it. */
interface Outcome {
  readonly protected: JoseHeader;
  readonly header: Readonly<Record<string, unknown>>;
  readonly key?: number;
  readonly error?: Refusal;
}

export function verifyJwsWith(
  jws: unknown,
  keySet: ParsedKeySet,
  options: VerifyJwsOptions | undefined,
): VerifiedJws {
  const { payload, ...others } = Object.fromEntries(plainEntries("options", options)) as VerifyJwsOptions;
  const expectations = readOptions(others, optionNames);
  const inside = core();
  const keys = keySet.addressIn(inside);
  const expected = expectations.handle.addressIn(inside);
  const texts: Text[] = [atMost(expectations.maxTokenSize, jsonText(jws))];
  if (payload !== undefined && payload !== null) texts.push(detachedText(payload));
  const answer = inside.call(
    (wasm, text, length, detached = 0, detachedLength = 0) =>
      wasm.bridge_verify_jws(keys, expected, text!, length!, detached, detachedLength),
    ...texts,
  );
  const bytes = answer.payloadBytes;
  const { signatures: outcomes } = JSON.parse(answer.text) as { signatures: readonly Outcome[] };
  const signatures = outcomes.map((outcome) => toSignature(outcome, keySet));
  const valid = signatures.find((signature) => "key" in signature)!;
  return { payload: bytes, ...valid, signatures };
}

function detachedText(payload: unknown): Text {
  if (typeof payload === "string") return payload;
  if (!ArrayBuffer.isView(payload)) return refuseOption("payload");
  return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
}

function toSignature(outcome: Outcome, keySet: ParsedKeySet): JwsSignature {
  if (outcome.error) {
    const unverifiedHeader = { ...outcome.header, ...outcome.protected };
    return { unverifiedHeader, error: new TouchstoneError(outcome.error) };
  }
  return {
    protectedHeader: outcome.protected,
    ...(Object.keys(outcome.header).length > 0 ? { unprotectedHeader: outcome.header } : {}),
    key: keySet.keyAt(outcome.key!),
  };
}
