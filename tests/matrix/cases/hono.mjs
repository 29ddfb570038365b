import { equal } from "../suite.mjs";

export const entry = "touchstone/hono";
export const needs = [];

export function cases({ bearerAuth }, { now, signed, claims }) {
  const { jwks, token, tampered } = signed.ES256;
  const auth = bearerAuth({ jwks, issuer: claims.iss, audience: claims.aud, currentDate: new Date(now * 1000) });

  /** What becomes of a request: what was set, and the response when the next was not called. */
  async function handle(authorization) {
    const values = {};
    const raw = new Request("https://api.example/", { headers: { authorization } });
    const context = { req: { raw }, set: (name, value) => (values[name] = value) };
    const response = await auth(context, async () => (values.isNext = true));
    return { values, response };
  }

  return {
    "lets in": async () => {
      const { values } = await handle(`Bearer ${token}`);
      equal([values.isNext, values.jwt.payload], [true, claims]);
    },
    "answers": async () => {
      const { values, response } = await handle(`Bearer ${tampered}`);
      equal([values, response.status], [{}, 401]);
    },
  };
}
