import { isCurrent, type Core } from "./instance.js";

type Free = "touchstone_key_set_free" | "touchstone_expectations_free" | "touchstone_key_set_cache_free";
type Held = { core: Core; address: number; free: Free };

const release = ({ core: owner, address, free }: Held): void => {
  // Of an instance that has been replaced, nothing needs to be freed.
  if (isCurrent(owner)) owner.wasm[free](address);
};

// The safety net under free(), where the runtime has one.
const registry = typeof FinalizationRegistry === "undefined" ? undefined : new FinalizationRegistry(release);

/** An object in WASM memory: made when it is needed, made again when the instance had to be replaced. */
export class Handle {
  #make: (core: Core) => number;
  #free: Free;
  #held: Held | undefined;

  constructor(free: Free, make: (core: Core) => number) {
    this.#free = free;
    this.#make = make;
  }

  addressIn(core: Core): number {
    if (this.#held?.core !== core) {
      this.#held = { core, address: this.#make(core), free: this.#free };
      registry?.register(this, this.#held, this);
    }
    return this.#held.address;
  }

  /** Gives the memory back; the next use makes the object again. */
  free(): void {
    if (!this.#held) return;
    registry?.unregister(this);
    release(this.#held);
    this.#held = undefined;
  }
}
