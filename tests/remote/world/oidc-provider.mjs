// The npm package oidc-provider, certified by the OpenID Foundation, on loopback, and what a client of it does.
import { once } from "node:events";
import { createServer, request } from "node:https";
import { createHash, randomBytes } from "node:crypto";
import Provider from "oidc-provider";

const redirectUri = "https://client.example/callback";
const resource = "https://api.example";
const client = (alg) => ({
  client_id: alg,
  client_secret: `${alg}'s secret`,
  redirect_uris: [redirectUri],
  grant_types: ["authorization_code", "client_credentials"],
  id_token_signed_response_alg: alg,
});

const configuration = (signers) => ({
  clients: signers.map(({ alg }) => client(alg)),
  // What is signed is signed by the first key that can.
  jwks: { keys: signers.map(({ privateJwk }) => privateJwk) },
  cookies: { keys: ["only for this test"] },
  ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, ClientCredentials: 600, IdToken: 600 },
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (context, audience, { clientId }) => ({
        scope: "read",
        audience,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: clientId } },
      }),
    },
  },
  interactions: { url: (context, { uid }) => `/interaction/${uid}` },
  findAccount: (context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  // Whoever signs in consents.
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope("openid");
    await grant.save();
    return grant;
  },
});

/** A client that trusts one CA, keeps cookies and follows nothing by itself: gives `{ status, location, text }`. */
function createBrowser(ca) {
  const cookies = new Map();
  return async (url, { method = "GET", form, headers = {} } = {}) => {
    const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
    const type = form && { "Content-Type": "application/x-www-form-urlencoded" };
    const sent = request(url, { ca, method, agent: false, headers: { ...(cookie && { cookie }), ...type, ...headers } });
    sent.end(form && `${new URLSearchParams(form)}`);
    const [response] = await once(sent, "response");
    for (const text of response.headers["set-cookie"] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(text);
      cookies.set(name, value);
    }
    const chunks = await response.toArray();
    return { status: response.statusCode, location: response.headers.location, text: Buffer.concat(chunks).toString() };
  };
}

const basic = ({ client_id, client_secret }) =>
  `Basic ${btoa(`${encodeURIComponent(client_id)}:${encodeURIComponent(client_secret)}`)}`;

/** Starts it with a client for each signer's algorithm, named like it. */
export async function startProvider({ certificates: { leaves, ca }, signers }) {
  let serve;
  const requests = [];
  const server = createServer(leaves.good, (request, response) => {
    requests.push(request.url);
    serve(request, response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const issuer = `https://localhost:${server.address().port}`;

  /** As a deployment does it: the same provider with other keys. */
  const publish = (signers) => {
    const provider = new Provider(issuer, configuration(signers));
    const callback = provider.callback();
    serve = (request, response) =>
      request.url.startsWith("/interaction/")
        ? provider.interactionFinished(request, response, { login: { accountId: "ada" } })
        : callback(request, response);
  };
  publish(signers);

  const tokens = async (browser, alg, form) => {
    const headers = { Authorization: basic(client(alg)) };
    const { status, text } = await browser(`${issuer}/token`, { method: "POST", form, headers });
    if (status !== 200) throw new Error(`${status} ${text}`);
    return JSON.parse(text);
  };
  return {
    issuer,
    resource,
    requests,
    publish,
    /** By the authorization code flow, with an end-user who signs in (OpenID Connect Core section 3.1). */
    async idToken(alg, nonce) {
      const browser = createBrowser(ca);
      const code_verifier = randomBytes(32).toString("base64url");
      const code_challenge = createHash("sha256").update(code_verifier).digest("base64url");
      const parameters = { client_id: alg, response_type: "code", scope: "openid", redirect_uri: redirectUri, nonce };
      const challenge = { code_challenge, code_challenge_method: "S256" };
      let next = `${issuer}/auth?${new URLSearchParams({ ...parameters, ...challenge })}`;
      for (let steps = 0; steps < 5 && !next.startsWith(redirectUri); steps += 1) {
        const { status, location, text } = await browser(next);
        if (!location) throw new Error(`${status} ${text}`);
        next = new URL(location, next).href;
      }
      const code = new URL(next).searchParams.get("code");
      const form = { grant_type: "authorization_code", code, code_verifier, redirect_uri: redirectUri };
      return (await tokens(browser, alg, form)).id_token;
    },
    /** A JWT access token (RFC 9068), by client credentials for a resource (RFC 6749 section 4.4, RFC 8707). */
    async accessToken(alg) {
      const form = { grant_type: "client_credentials", resource, scope: "read" };
      return (await tokens(createBrowser(ca), alg, form)).access_token;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
