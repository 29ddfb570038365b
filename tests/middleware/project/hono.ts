import { Hono, type Context } from "hono";
import { createVerifier } from "touchstone";
import { bearerAuth, type JwtVariables } from "touchstone/hono";

const verifier = createVerifier({ discover: "https://id.example", audience: "api" });
const app = new Hono<{ Variables: JwtVariables<{ scope: string }> }>();

app.use("*", bearerAuth(verifier));
app.use(bearerAuth(verifier, { scope: "read", realm: "api" }));
app.get("/me", bearerAuth(verifier, { onError: (error) => void error.reason }), (c) => {
  const { payload, key } = c.get("jwt");
  const texts: (string | undefined)[] = [payload.scope, payload.sub, c.var.jwt.payload.scope, key.kid];
  return c.json(texts);
});
app.post("/", bearerAuth({ jwksUri: "https://id.example/keys", issuer: null, audience: "api" }), (c) => c.text("posted"));
app.on("PUT", "/", bearerAuth(verifier, { getToken: (c: Context) => c.req.header("cookie") }), (c) => c.body(null));

const sometimes = new Hono<{ Variables: Partial<JwtVariables> }>();
sometimes.get("/", bearerAuth(verifier, { optional: true }), (c) => c.json(c.get("jwt")?.payload.sub ?? null));

// An app that has other variables and bindings.
const more = new Hono<{ Bindings: { KEYS: object }; Variables: JwtVariables & { user: string } }>();
more.use(bearerAuth(verifier)).get("/", (c) => c.json(c.get("jwt").payload.iss ?? c.get("user")));

// And one that has none.
new Hono().use(bearerAuth(verifier)).get("/", bearerAuth(verifier), (c) => c.text("x"));
export { app };
