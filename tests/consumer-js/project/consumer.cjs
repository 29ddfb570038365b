const { readFileSync } = require("node:fs");
const { verifySync } = require("touchstone");

console.log(verifySync(readFileSync("token.jwt", "utf8").trim(), readFileSync("jwks.json")).payload.sub);
