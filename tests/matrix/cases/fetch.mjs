import { equal, errorOf } from "../suite.mjs";

export const entry = "touchstone/fetch";
export const needs = [];

export function cases({ bearerAuth, BearerError }, { now, signed, claims }) {
  const { jwks, token, tampered } = signed.ES256;
  const policy = { jwks, issuer: claims.iss, audience: claims.aud, currentDate: new Date(now * 1000) };
  const request = (authorization) =>
    new Request("https://api.example/", { headers: authorization ? { authorization } : {} });

  return {
    "lets in": async () => {
      const { payload } = await bearerAuth(policy)(request(`Bearer ${token}`));
      equal(payload, claims);
    },
    "answers": async () => {
      for (const authorization of [undefined, `Bearer ${tampered}`]) {
        const error = await errorOf(() => bearerAuth(policy)(request(authorization)));
        equal([error instanceof BearerError, error.response.status], [true, 401], String(error));
        equal(error.response.headers.get("www-authenticate").startsWith("Bearer"), true);
      }
    },
  };
}
