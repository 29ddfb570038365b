import { equal, errorOf } from "../suite.mjs";

export const entry = "touchstone/module";
export const needs = [];

export function cases({ init, verifySync, TouchstoneError }, { wasm, example, isShared }) {
  return {
    "takes the module": async () => {
      if (!isShared) {
        const { message } = await errorOf(() => verifySync(example.token, example.jwks));
        equal(message, "Touchstone has no WebAssembly module yet: await init() first");
      }
      await init(wasm());
      equal(verifySync(example.token, example.jwks).payload.sub, "ada");
      equal((await errorOf(() => verifySync("", example.jwks))) instanceof TouchstoneError, true);
    },
  };
}
