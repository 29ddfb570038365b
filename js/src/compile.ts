import { explained } from "./compile-errors.js";
import { tagOf } from "./tag-of.js";

/** What a module can be made from. */
export type ModuleSource = WebAssembly.Module | BufferSource | Response;

export async function compile(source: ModuleSource): Promise<WebAssembly.Module> {
  try {
    return await compileAnyOf(source);
  } catch (error) {
    throw explained(error);
  }
}

async function compileAnyOf(source: ModuleSource): Promise<WebAssembly.Module> {
  if (tagOf(source) === "WebAssembly.Module") return source as WebAssembly.Module;
  if (tagOf(source) !== "Response") return WebAssembly.compile(source as BufferSource);
  const response = source as Response;
  if (!response.ok) throw new Error(`Touchstone's module could not be fetched: HTTP status ${response.status}`);
  // Streaming refuses any other media type, which many servers do send, and the Response of a fetch that is not the
  // runtime's own; those may still have their body.
  if (response.headers.get("content-type") === "application/wasm") {
    try {
      return await WebAssembly.compileStreaming(response);
    } catch (error) {
      if (response.bodyUsed) throw error;
    }
  }
  return WebAssembly.compile(await response.arrayBuffer());
}
