import fastify, { type FastifyRequest } from "fastify";
import { createVerifier } from "touchstone";
import { bearerAuth, jwtOf } from "touchstone/fastify";

const verifier = createVerifier({ discover: "https://id.example", audience: "api" });
const app = fastify();
app.addHook("onRequest", bearerAuth(verifier));
app.addHook("preHandler", bearerAuth(verifier, { onError: (error, request) => void [error.code, request.headers] }));
app.get("/me", { onRequest: [bearerAuth(verifier, { scope: "read" })] }, async (request) => {
  const texts: (string | undefined)[] = [jwtOf(request).payload.sub, jwtOf<{ scope: string }>(request).payload.scope];
  return texts;
});
app.get<{ Params: { id: string } }>("/:id", { preValidation: bearerAuth(verifier) }, async ({ params }) => params.id);
const byQuery = bearerAuth(verifier, { getToken: (request: FastifyRequest) => (request.query as { token?: string }).token });
fastify({ http2: true }).addHook("onRequest", bearerAuth(verifier));
export { app, byQuery };
