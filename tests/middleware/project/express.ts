import express, { type Request } from "express";
import { bearerAuth } from "touchstone/express";

const app = express();
const options = { discover: "https://id.example", audience: "api" };
const isIn = bearerAuth(options, { scope: ["read"], resourceMetadata: new URL("https://api.example/metadata") });
const cookies = bearerAuth(options, {
  getToken: (request: Request) => request.query["token"] as string | undefined,
  onError(error, request: Request & { log(...what: unknown[]): void }) {
    request.log(error.reason, error.detail?.member);
  },
});

app.use(isIn);
app.use("/api", bearerAuth(options, { optional: true }));
app.get("/me", isIn, (request, response) => {
  const sub: string | undefined = request.jwt?.payload.sub;
  response.json({ sub, kid: request.jwt!.key.kid });
});
express.Router().get("/:id", isIn, (request, response) => void response.json(request.params.id));
export { app, cookies };
