// touchstone/fetch in a Worker.
import * as library from "../../dist/index.workerd.js";
import * as middleware from "../../dist/middleware/fetch.js";
import { fetchHandler } from "./routes.mjs";

// As people have it, above all requests, where workerd forbids much: it does not start when this asks for any of it.
const authenticate = middleware.bearerAuth({ discover: "https://id.example", audience: "api" });
let handler;

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === "/discovered") return authenticate(request).catch(({ response }) => response);
    handler ??= fetchHandler(middleware, library, JSON.parse(env.WORLD));
    return handler(request, { waitUntil: context.waitUntil.bind(context) });
  },
};
