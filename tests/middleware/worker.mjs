// touchstone/fetch in a Worker. Nothing but its own code runs before the first request.
import * as library from "../../dist/index.workerd.js";
import * as middleware from "../../dist/middleware/fetch.js";
import { fetchHandler } from "./routes.mjs";

let handler;

export default {
  fetch(request, env, context) {
    handler ??= fetchHandler(middleware, library, JSON.parse(env.WORLD));
    return handler(request, { waitUntil: context.waitUntil.bind(context) });
  },
};
