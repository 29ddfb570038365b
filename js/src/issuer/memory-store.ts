import type { KeyRingStore, StoredText } from "./types.js";

/** For tests, and for an issuer whose keys may end with its process. */
export function memoryStore(): KeyRingStore {
  let stored: StoredText | undefined;
  let versions = 0;
  return {
    load: async () => stored,
    compareAndSwap: async (expected, text) => {
      if (expected !== stored?.version) return undefined;
      stored = { text, version: `${++versions}` };
      return stored.version;
    },
  };
}
