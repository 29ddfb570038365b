// Each line that ends in a code is refused by the compiler with that code; no other line is.
import fastify from "fastify";
import { Hono } from "hono";
import { bearerAuth as express } from "touchstone/express";
import { bearerAuth as forFastify, jwtOf } from "touchstone/fastify";
import { bearerAuth as plain } from "touchstone/fetch";
import { bearerAuth as hono, type JwtVariables } from "touchstone/hono";

const options = { discover: "https://id.example", audience: "api" };
declare const request: Request;

plain(options)("token"); // TS2345
plain({ discover: "https://id.example" }); // TS2345
plain(options, { scopes: "read" }); // TS2769
plain(options, { scope: 5 }); // TS2769
plain(options, { optional: true })(request).then((jwt) => jwt.payload); // TS18048
plain(options)(request, { audience: "other" }); // TS2353
express(options, { getToken: () => 5 }); // TS2322
express(options)(request, {}, () => {}); // TS2345
forFastify(options, { onError: (reason: string) => reason }); // TS2322
fastify().get("/", async (incoming) => incoming.jwt); // TS2339
jwtOf({}).payload.sub.trim; // TS2532
new Hono().use(hono(options)).get("/", (c) => (c.get("jwt"), c.text("x"))); // TS2769
new Hono<{ Variables: Partial<JwtVariables> }>().get("/", (c) => c.json(c.get("jwt").payload)); // TS2532
