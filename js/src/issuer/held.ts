import { isCurrent, issuerCore, type Free, type IssuerCore } from "./instance.js";

type Place = { readonly core: IssuerCore; readonly address: number; readonly free: Free };

const release = ({ core, address, free }: Place): void => {
  if (isCurrent(core)) core.wasm[free](address);
};

// The safety net under dispose(), where the runtime has one.
const registry = typeof FinalizationRegistry === "undefined" ? undefined : new FinalizationRegistry(release);

/** Private keys in the module's memory, where alone they are, and where they are wiped in the end. */
export class Held {
  #place: Place | undefined;
  #what: string;

  /** what: the class's name, for messages. */
  constructor(what: string, free: Free, core: IssuerCore, address: number) {
    this.#what = what;
    this.#place = { core, address, free };
    registry?.register(this, this.#place, this);
  }

  get core(): IssuerCore {
    return this.#usable().core;
  }
  get address(): number {
    return this.#usable().address;
  }

  dispose(): void {
    if (!this.#place) return;
    registry?.unregister(this);
    release(this.#place);
    this.#place = undefined;
  }

  #usable(): Place {
    if (!this.#place) throw new TypeError(`this ${this.#what} was disposed of`);
    // Another copy of the keys, from which to make it again, would be another copy to leak.
    if (!isCurrent(this.#place.core)) throw issuerCore().error("out_of_memory", { hint: `this ${this.#what} was lost` });
    return this.#place;
  }
}

/** A secret text that the core makes. Its bytes are wiped; the string that comes of them nobody can wipe. */
export function secretOf({ core, address }: Held, bridge: "bridge_signing_key_private_jwk" | "bridge_key_ring_json"): string {
  return takeSecret(core, core.call((wasm) => wasm[bridge](address)));
}

/** The text of a call that answered with a secret. */
export function takeSecret(core: IssuerCore, { handle, payload }: { handle: number; payload: string }): string {
  core.wasm.touchstone_secret_free(handle);
  return payload;
}
