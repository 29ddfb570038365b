// `npm run docs`: the references, from the headers in build/docs/native, from the package's types in
// build/docs/js. A warning is a failure.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildPackage } from "./build.mjs";
import { setup } from "./setup.mjs";
import { main, root, step } from "./steps.mjs";

await main(async () => {
  await setup({ docs: true });
  if (!existsSync(join(root, "dist", "api.d.ts"))) await buildPackage();
  const docs = join(root, "build", "docs");
  rmSync(docs, { recursive: true, force: true });
  mkdirSync(docs, { recursive: true });
  await step(
    "docs-native",
    "Writing the reference of the C and C++ interfaces",
    "doxygen native/docs/Doxyfile",
  );
  // Of each entry that has types, but for the module's file, which is not to be read.
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const entries = Object.values(exports).flatMap(({ types }) => types ?? []);
  const points = entries.filter((types) => !types.includes(".wasm"));
  await step(
    "docs-js",
    "Writing the reference of the package",
    "js/docs/node_modules/.bin/typedoc --options js/docs/typedoc.json" +
      points.map((types) => ` --entryPoints ${types}`).join(""),
  );
  console.log("They are in build/docs/native/html and build/docs/js.");
});
