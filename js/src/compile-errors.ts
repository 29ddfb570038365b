/**
 * A Content-Security-Policy refuses to compile WebAssembly, in each browser's own words; so does a runtime that
 * generates no code while it serves a request.
 */
const isBlocked = /content.security.policy|\bcsp\b|unsafe-eval|disallowed by embedder/i;

const whatToDo =
  "WebAssembly may not be compiled here. In a page, add 'wasm-unsafe-eval' to script-src of the " +
  "Content-Security-Policy. In an edge runtime, let the bundler use its condition (workerd, edge-light), or " +
  "import touchstone/core.wasm and give it to init() of touchstone/module.";

/** The error of a compiler, or, when nothing may be compiled, what to do about it: `ERR_TOUCHSTONE_WASM_BLOCKED`. */
export const explained = (error: unknown): unknown =>
  isBlocked.test(String(error))
    ? Object.assign(new Error(whatToDo, { cause: error }), { code: "ERR_TOUCHSTONE_WASM_BLOCKED" })
    : error;
