// Neither a framework, nor a library with Request and Response.
import { bearerAuth as express } from "touchstone/express";
import { bearerAuth as fastify, jwtOf } from "touchstone/fastify";
import { bearerAuth as plain, BearerError } from "touchstone/fetch";
import { bearerAuth as hono, type JwtVariables } from "touchstone/hono";

const options = { discover: "https://id.example", audience: "api" };
export const all = [express(options), fastify(options), plain(options), hono(options)];
export const sub: string | undefined = jwtOf({}).payload.sub;
export const variables = (given: JwtVariables) => given.jwt;
export const status = (error: BearerError) => [error.status, error.cause?.reason, error.response];
