import type { VerifiedJwt } from "./types.js";

interface Entry {
  readonly verified: VerifiedJwt<any>;
  readonly validFrom: number;
  readonly validUntil: number;
}

/**
 * The tokens that passed one key set and one set of options. A token is found by all of its text, and only while
 * its time claims hold. Results are shared between callers, and so frozen.
 */
export class TokenCache {
  #entries = new Map<string, Entry>();
  #maxEntries: number;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  find(jwt: string, now: number): VerifiedJwt<any> | undefined {
    const entry = this.#entries.get(jwt);
    if (entry === undefined) return undefined;
    if (entry.validFrom <= now && now < entry.validUntil) return entry.verified;
    this.#entries.delete(jwt);
    return undefined;
  }

  add(jwt: string, entry: Entry): void {
    if (this.#entries.size >= this.#maxEntries) {
      const [first] = this.#entries.keys(); // a Map keeps the order of insertion
      this.#entries.delete(first!);
    }
    freeze(entry.verified);
    this.#entries.set(jwt, entry);
  }
}

function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(freeze);
}
