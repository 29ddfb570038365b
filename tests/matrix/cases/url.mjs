import { equal } from "../suite.mjs";

export const entry = "touchstone/url";
export const needs = ["compile", "fetch"];

export function cases({ init, verifySync }, { wasmUrl, example }) {
  return {
    "fetches the module": async () => {
      await init(wasmUrl);
      equal(verifySync(example.token, example.jwks).payload.sub, "ada");
    },
  };
}
