import { createVerifier, type VerifiedJwt } from "touchstone";
import { bearerAuth, BearerError } from "touchstone/fetch";

const verifier = createVerifier({ discover: "https://id.example", audience: "api" });
const authenticate = bearerAuth<{ scope: string }>(verifier, {
  realm: "api",
  getToken: (request) => request.headers.get("X-Token"),
  onError: (error, request) => void [error.reason, request.url],
});
const sometimes = bearerAuth(verifier, { optional: true });

export async function handle(request: Request, context: { waitUntil(promise: Promise<unknown>): void }): Promise<Response> {
  try {
    const { payload } = await authenticate(request, { waitUntil: context.waitUntil.bind(context) });
    const jwt: VerifiedJwt | undefined = await sometimes(request);
    return Response.json([payload.scope, jwt?.payload.sub]);
  } catch (error) {
    if (error instanceof BearerError) return error.response;
    throw error;
  }
}
