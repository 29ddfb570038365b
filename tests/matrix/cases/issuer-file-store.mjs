import { equal, errorOf } from "../suite.mjs";

export const entry = "touchstone/issuer/file-store";
export const needs = ["files"];
/** In Deno. */
export const permissions = ["--allow-read", "--allow-write", "--allow-sys=uid", "--allow-env"];

export function cases({ fileStore }) {
  const make = async (test) => {
    const { getBuiltinModule } = globalThis.process;
    const { mkdtempSync, rmSync, statSync } = getBuiltinModule("node:fs");
    const folder = mkdtempSync(`${getBuiltinModule("node:os").tmpdir()}/touchstone-`);
    try {
      await test(`${folder}/keys`, statSync);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  return {
    "a text is kept, and replaced by who knows it": () =>
      make(async (path, statSync) => {
        const store = fileStore(path, { create: true });
        equal(await store.load(), undefined);
        const first = await store.compareAndSwap(undefined, "one");
        equal(await store.load(), { text: "one", version: first });
        const ten = Array.from({ length: 10 }, (_, number) => fileStore(path).compareAndSwap(first, `text ${number}`));
        const versions = (await Promise.all(ten)).filter((version) => version !== undefined);
        equal(versions.length, 1);
        equal((await store.load()).version, versions[0]);
        equal(["", "/key-ring.json", "/lock"].map((name) => statSync(path + name).mode & 0o777), [0o700, 0o600, 0o600]);
      }),
    "what is not there is refused": () =>
      make(async (path) => equal((await errorOf(() => fileStore(path).load())).reason, "store_missing")),
  };
}
