// An entry of its own, so that bundlers for browsers and Workers do not come upon Node's modules. Types are
// directory.ts's.
import * as directory from "./directory.js";
import { withIssuerModule } from "./instance.js";
import { getModule } from "./issuer-module.js";

export const fileStore = /*#__PURE__*/ withIssuerModule(getModule, directory.fileStore);
