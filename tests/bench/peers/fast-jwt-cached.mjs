// npm fast-jwt with its cache of tokens that it has seen.
import * as fastJwt from "./fast-jwt.mjs";

export const name = "fast-jwt, cached";
export const hot = (given) => fastJwt.hot(given, { cache: 1000 });
