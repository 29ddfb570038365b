import { equal } from "../suite.mjs";

export const entry = "touchstone/express";
export const needs = ["Node"];

export function cases({ bearerAuth }, { now, signed, claims }) {
  const { jwks, token, tampered } = signed.ES256;
  const auth = bearerAuth({ jwks, issuer: claims.iss, audience: claims.aud, currentDate: new Date(now * 1000) });

  async function handle(authorization) {
    const request = { headers: { authorization }, rawHeaders: ["Authorization", authorization] };
    const response = { fields: {}, setHeader: (name, value) => (response.fields[name] = value), end: () => {} };
    let isNext = false;
    await auth(request, response, (error) => (isNext = !error));
    return { isNext, payload: request.jwt?.payload, status: response.statusCode };
  }

  return {
    "lets in": async () => equal(await handle(`Bearer ${token}`), { isNext: true, payload: claims }),
    "answers": async () => equal(await handle(`Bearer ${tampered}`), { isNext: false, status: 401 }),
  };
}
