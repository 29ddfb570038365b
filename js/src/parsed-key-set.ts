import { Handle } from "./handle.js";
import { core, type Core } from "./instance.js";
import { plainEntries, refuseOption } from "./options.js";
import { atMost, type Text } from "./text.js";
import type { KeyDescription, KeySetLimits, SkippedKey } from "./types.js";

/** The core's own defaults. */
const defaultLimits = {
  maxSize: 1024 * 1024,
  maxKeys: 1000,
  refusePrivateKeys: false,
  maxTableMemory: 4 * 1024 * 1024,
};
type Limits = typeof defaultLimits;

interface Description {
  readonly keys: readonly KeyDescription[];
  readonly skipped: readonly SkippedKey[];
}

/** What a KeySet stands for. */
export class ParsedKeySet {
  #handle: Handle;
  #disposed = false;
  #description: Description | undefined;
  #byIndex: Map<number, KeyDescription> | undefined;

  /** make: puts the set into an instance. */
  constructor(make: (inside: Core) => number) {
    this.#handle = new Handle("touchstone_key_set_free", make);
    this.#handle.addressIn(core());
  }

  static parse(text: Text, limits?: KeySetLimits): ParsedKeySet {
    const given = readLimits(limits);
    return new ParsedKeySet((inside) => parse(inside, text, given));
  }

  addressIn(inside: Core): number {
    if (this.#disposed) throw new TypeError("this KeySet was disposed of: KeySet.parse() makes another one");
    return this.#handle.addressIn(inside);
  }

  describe(): Description {
    const inside = core();
    const address = this.addressIn(inside);
    return (this.#description ??= JSON.parse(
      inside.call((wasm) => wasm.bridge_key_set_describe(address)).text,
      (_, value) => Object.freeze(value), // every result of this set shares it
    ) as Description);
  }

  /** The usable key at a position of the set's `keys`. */
  keyAt(index: number): KeyDescription {
    this.#byIndex ??= new Map(this.describe().keys.map((key) => [key.index, key]));
    return this.#byIndex.get(index)!;
  }

  dispose(): void {
    this.#disposed = true;
    this.#handle.free();
  }
}

function parse(inside: Core, text: Text, limits: Limits): number {
  const { maxSize, maxKeys, refusePrivateKeys, maxTableMemory } = limits;
  return inside.call(
    (wasm, jwks, length) =>
      wasm.bridge_key_set_parse(
        jwks!,
        length!,
        maxSize,
        maxKeys,
        Number(refusePrivateKeys),
        maxTableMemory,
      ),
    atMost(maxSize, text),
  ).handle;
}

function readLimits(given: KeySetLimits | undefined): Limits {
  const limits: Record<string, unknown> = { ...defaultLimits };
  for (const [name, value] of plainEntries("limits", given)) {
    if (value === undefined) continue;
    if (typeof value !== typeof limits[name] || !crossesAsItself(value)) refuseOption(name);
    limits[name] = value;
  }
  return limits as Limits;
}

/** As 32 bits. Which numbers are too large, the core says. */
const crossesAsItself = (limit: unknown): boolean =>
  typeof limit === "boolean" || (typeof limit === "number" && limit >>> 0 === limit);
