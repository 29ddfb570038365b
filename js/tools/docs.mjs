// `npm run docs`: the references, from the headers in build/docs/native, from the types in build/docs/js.
// A warning is a failure.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setup } from "./setup.mjs";
import { main, root, step } from "./steps.mjs";

await main(async () => {
  await setup({ docs: true });
  const docs = join(root, "build", "docs");
  rmSync(docs, { recursive: true, force: true });
  mkdirSync(docs, { recursive: true });
  await step(
    "docs-native",
    "Writing the reference of the C and C++ interfaces",
    "doxygen native/docs/Doxyfile",
  );
  await step(
    "docs-js",
    "Writing the reference of the package",
    "js/docs/node_modules/.bin/typedoc --options js/docs/typedoc.json",
  );
  console.log("They are in build/docs/native/html and build/docs/js.");
});
