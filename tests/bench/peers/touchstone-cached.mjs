// Touchstone with the tokens that it has seen; an option of its own.
import * as touchstone from "./touchstone.mjs";

export const name = "touchstone, cached";
export const hot = (given) => touchstone.hot(given, { cache: { maxEntries: 1000 } });
