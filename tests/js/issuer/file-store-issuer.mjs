// Signs 20 tokens with the ring in a directory and tells by which keys: PATH
import { createIssuer } from "touchstone/issuer";
import { fileStore } from "touchstone/issuer/file-store";
import { hasty } from "./support.mjs";

const store = fileStore(process.argv[2], { create: true });
const issuer = createIssuer({ issuer: "https://id.example", store, sealingKey: process.env.SEALING_KEY, policy: hasty });
const kids = [];
for (let i = 0; i < 20; i += 1) kids.push((await issuer.sign({})).kid);
console.log(JSON.stringify(kids));
