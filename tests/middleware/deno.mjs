// touchstone/fetch in Deno.serve(): `deno run deno.mjs WORLD`. Prints its port; ends with its standard input.
import * as library from "touchstone";
import * as middleware from "touchstone/fetch";
import { fetchHandler } from "./routes.mjs";

const handler = fetchHandler(middleware, library, JSON.parse(Deno.args[0]));
Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: ({ port }) => console.log(port) }, (request) => handler(request));
for await (const _ of Deno.stdin.readable);
Deno.exit(0);
