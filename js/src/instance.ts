import { isClaimRefused, TouchstoneError, type ErrorDetail, type Refusal } from "./errors.js";
import { fromUtf8, toUtf8, writeAscii, type Text } from "./text.js";

/** What wasm/exports.txt lists of every module. */
export interface AnyExports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  malloc(length: number): number;
  free(address: number): void;
  touchstone_error_reason(error: number): number;
  touchstone_error_code(error: number): number;
  touchstone_error_section(error: number): number;
  touchstone_error_message(error: number): number;
}

/** And of the verifier's. Numbers are addresses and lengths; the bridge_ functions return an Answer's. */
export interface Exports extends AnyExports {
  touchstone_version(): number;
  touchstone_key_set_free(keys: number): void;
  touchstone_expectations_free(expectations: number): void;
  bridge_key_set_parse(
    jwks: number, length: number, maxSize: number, maxKeys: number, refusePrivateKeys: number, maxTableMemory: number,
  ): number;
  bridge_key_set_describe(keys: number): number;
  bridge_expectations_parse(json: number, length: number): number;
  bridge_verify(keys: number, expectations: number, jwt: number, length: number, now: number): number;
  bridge_verify_jws(
    keys: number, expectations: number, jws: number, length: number, payload: number, payloadLength: number,
  ): number;
  bridge_verify_signature(
    keys: number, alg: number, algLength: number, message: number, messageLength: number, signature: number,
    signatureLength: number,
  ): number;
  bridge_decode(jwt: number, length: number): number;
  bridge_explain(keys: number, expectations: number, jwt: number, length: number, now: number): number;
  bridge_audit(jwks: number, length: number, now: number): number;
  bridge_thumbprint(jwk: number, length: number, hash: number, hashLength: number): number;
  bridge_thumbprint_uri(jwk: number, length: number, hash: number, hashLength: number): number;
  touchstone_key_set_cache_free(cache: number): void;
  bridge_cache_new(policy: number, length: number): number;
  bridge_cache_request(cache: number, now: number, random: number): number;
  bridge_cache_missing(
    cache: number, jwt: number, length: number, generation: number, now: number, random: number,
  ): number;
  bridge_cache_reload(cache: number, now: number, random: number): number;
  bridge_cache_keys(cache: number): number;
  bridge_cache_response(
    cache: number, fields: number, fieldsLength: number, body: number, bodyLength: number, fetch: number,
    status: number, now: number, random: number,
  ): number;
  bridge_cache_failure(
    cache: number, member: number, length: number, fetch: number, error: number, now: number, random: number,
  ): number;
  bridge_cache_events(cache: number): number;
  bridge_cache_snapshot(cache: number): number;
  bridge_cache_restore(cache: number, snapshot: number, length: number, now: number, random: number): number;
  bridge_cache_restore_instead(
    cache: number, snapshot: number, length: number, fetch: number, now: number, random: number,
  ): number;
  bridge_cache_times(cache: number): number;
  bridge_well_known_urls(issuer: number, length: number): number;
  bridge_metadata_parse(
    text: number, length: number, issuer: number, issuerLength: number, allowPrivateAddresses: number,
  ): number;
}

/** The rows of errors.def that this side has to find by itself. */
const rows = {
  token_malformed: 101,
  jwks_malformed: 201,
  option_invalid: 501,
  out_of_memory: 502,
  issuer_unknown: 602,
  fetch_failed: 620,
  fetch_insecure: 621,
  fetch_timed_out: 622,
  jwks_not_ready: 627,
};

/** A token of the default limit and one byte: everyday calls allocate nothing. */
const scratchSize = 64 * 1024 + 1;

/** Positions in wasm/answer.hpp's Answer. A view takes two: address and length. */
const field = { error: 0, payload: 1, text: 3, keyIndex: 5, unchecked: 6, handle: 7, count: 8 };

/** Behind them, the two times between which a verdict holds. */
const timesAt = 4 * field.count;

/** What the last call left in memory. Each getter copies; ask before the next call. */
class Answer {
  #core: { readonly bytes: Uint8Array };
  #numbers: Int32Array = new Int32Array();
  #times: Float64Array = new Float64Array();

  constructor(core: { readonly bytes: Uint8Array }) {
    this.#core = core;
  }

  at(address: number): this {
    const { buffer } = this.#core.bytes;
    if (this.#numbers.buffer !== buffer) {
      this.#numbers = new Int32Array(buffer, address, field.count);
      this.#times = new Float64Array(buffer, address + timesAt, 2);
    }
    return this;
  }

  get error(): number {
    return this.#numbers[field.error]!;
  }
  get hasPayload(): boolean {
    return this.#numbers[field.payload] !== 0;
  }
  get payload(): string {
    return fromUtf8(this.#view(field.payload));
  }
  get payloadBytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#view(field.payload));
  }
  get text(): string {
    return fromUtf8(this.#view(field.text));
  }
  get keyIndex(): number {
    return this.#numbers[field.keyIndex]!;
  }
  get unchecked(): number {
    return this.#numbers[field.unchecked]!;
  }
  get validFrom(): number {
    return this.#times[0]!;
  }
  get validUntil(): number {
    return this.#times[1]!;
  }
  get handle(): number {
    return this.#numbers[field.handle]!;
  }

  #view(position: number): Uint8Array {
    const address = this.#numbers[position]! >>> 0;
    return this.#core.bytes.subarray(address, address + this.#numbers[position + 1]!);
  }
}

/** One instance of a module and its memory. */
export class Core<Wasm extends AnyExports = Exports> {
  readonly wasm: Wasm;
  #bytes: Uint8Array;
  #answer = new Answer(this);
  #scratch: number;
  #lost: (core: Core<Wasm>) => void;

  /** lost: is called when nothing more may be asked of it. */
  constructor(module: WebAssembly.Module, lost: (core: Core<Wasm>) => void) {
    this.wasm = new WebAssembly.Instance(module).exports as unknown as Wasm;
    this.#lost = lost;
    this.wasm._initialize();
    this.#scratch = this.wasm.malloc(scratchSize);
    this.#bytes = new Uint8Array(this.wasm.memory.buffer);
  }

  /** The whole memory; a new view once it has grown, because that detaches the old one. */
  get bytes(): Uint8Array {
    const { buffer } = this.wasm.memory;
    if (this.#bytes.buffer !== buffer) this.#bytes = new Uint8Array(buffer);
    return this.#bytes;
  }

  /**
   * Puts the texts into memory, makes the one call with their addresses and lengths, and wipes them: each is
   * a credential or may hold a key. Throws a TouchstoneError when the core refuses.
   */
  call(operation: (wasm: Wasm, ...at: number[]) => number, ...texts: Text[]): Answer {
    const at = this.#placeInScratch(texts) ?? this.#placeInBlock(texts);
    const answer = this.#run(operation, at);
    if (at.length > 0) this.#remove(at);
    if (answer.error !== 0) throw this.#refusal(answer);
    return answer;
  }

  /** One after the other; undefined when they are not all ASCII or have no room. */
  #placeInScratch(texts: Text[]): number[] | undefined {
    const at: number[] = [];
    const end = this.#scratch + scratchSize;
    let address = this.#scratch;
    for (const text of texts) {
      if (!writeAscii(text, this.bytes.subarray(address, end))) {
        this.bytes.fill(0, this.#scratch, end);
        return undefined;
      }
      at.push(address, text.length);
      address += text.length;
    }
    return at;
  }

  #placeInBlock(texts: Text[]): number[] {
    const parts = texts.map(toUtf8);
    let address = this.wasm.malloc(parts.reduce((sum, part) => sum + part.length, 0)) >>> 0;
    if (address === 0) throw this.error("out_of_memory");
    const at: number[] = [];
    for (const part of parts) {
      this.bytes.set(part, address);
      at.push(address, part.length);
      address += part.length;
    }
    return at;
  }

  #remove(at: number[]): void {
    const [start] = at as [number];
    this.bytes.fill(0, start, at.at(-2)! + at.at(-1)!);
    if (start !== this.#scratch) this.wasm.free(start);
  }

  /**
   * A call that does not come back (no memory, or no stack left) leaves its instance in an unknown state, so
   * the next call gets a new one. Handles notice and parse again.
   */
  #run(operation: (wasm: Wasm, ...at: number[]) => number, at: number[]): Answer {
    try {
      return this.#answer.at(operation(this.wasm, ...at));
    } catch (cause) {
      this.#lost(this);
      throw this.error("out_of_memory", { cause });
    }
  }

  /** The error of a row, by name or number, that is not found in here. */
  error(
    row: keyof typeof rows | number, { cause, ...detail }: ErrorDetail & { cause?: unknown } = {},
  ): TouchstoneError {
    const extra = cause === undefined ? {} : { cause };
    return new TouchstoneError({ ...this.#row(typeof row === "number" ? row : rows[row]), ...detail }, extra);
  }

  #refusal(answer: Answer): TouchstoneError {
    const text = answer.text;
    const refusal: Refusal = text ? JSON.parse(text) : this.#row(answer.error);
    // A payload that is itself refused as JSON is nothing to ask JSON.parse about.
    const hasClaims = isClaimRefused(refusal) && answer.hasPayload;
    return new TouchstoneError(refusal, hasClaims ? { payload: JSON.parse(answer.payload) } : {});
  }

  /** The error table is static data: it can be read whatever happened. */
  #row(number: number): Refusal {
    return {
      number,
      reason: this.#cString(this.wasm.touchstone_error_reason(number)) as Refusal["reason"],
      code: this.#cString(this.wasm.touchstone_error_code(number)) as Refusal["code"],
      section: this.#cString(this.wasm.touchstone_error_section(number)),
      message: this.#cString(this.wasm.touchstone_error_message(number)),
    };
  }

  #cString(address: number): string {
    return fromUtf8(this.bytes.subarray(address, this.bytes.indexOf(0, address)));
  }
}

let instance: Core | undefined;
let getModule = (): WebAssembly.Module => {
  throw new Error("Touchstone has no WebAssembly module yet: await init() first");
};

/** Says where the module comes from. Nothing is compiled before it is needed. */
export function provideModule(get: () => WebAssembly.Module): void {
  getModule = get;
}

/** The value as it is; whoever has it from here has also said where the module comes from. */
export function withModule<Value>(get: () => WebAssembly.Module, value: Value): Value {
  provideModule(get);
  return value;
}

export function core(): Core {
  return (instance ??= new Core(getModule(), (lost) => {
    if (instance === lost) instance = undefined;
  }));
}

export const isCurrent = (core: Core): boolean => core === instance;
