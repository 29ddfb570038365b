import { equal } from "../suite.mjs";

export const entry = "touchstone/fastify";
export const needs = ["Node"];

export function cases({ bearerAuth, jwtOf }, { now, signed, claims }) {
  const { jwks, token, tampered } = signed.ES256;
  const auth = bearerAuth({ jwks, issuer: claims.iss, audience: claims.aud, currentDate: new Date(now * 1000) });
  const requestOf = (authorization) => ({
    headers: { authorization },
    raw: { rawHeaders: ["Authorization", authorization] },
  });

  return {
    "lets in": async () => {
      const request = requestOf(`Bearer ${token}`);
      equal(await auth(request, {}), undefined);
      equal(jwtOf(request).payload, claims);
    },
    "answers": async () => {
      const reply = { code: (status) => (reply.status = status), headers: () => {}, send: (body) => JSON.parse(body) };
      equal((await auth(requestOf(`Bearer ${tampered}`), reply)).error, "invalid_token");
      equal(reply.status, 401);
    },
  };
}
