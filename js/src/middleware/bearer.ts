/**
 * A resource server's side of RFC 6750: takes the bearer token out of a request, has it verified, and says in HTTP
 * why not. It knows no framework; each has a few lines beside this file.
 */
import { createVerifier } from "#touchstone";
import { TouchstoneError } from "../errors.js";
import { plainEntries, refuseOption } from "../options.js";
import type { JwtClaims, RequestOptions, VerifiedJwt, Verifier, VerifierOptions } from "../types.js";

/** The runtime's own Response, if it has one: so that these types need no library's. */
export type RuntimeResponse = typeof globalThis extends { Response: { prototype: infer Type } } ? Type : unknown;

/** `Incoming` is what is known of the framework's request; a callback may take it as the framework has it. */
export interface BearerOptions<Incoming> {
  /** Scopes that the token must have, all of them: `"read write"` or `["read", "write"]`. It has those that its `scope` or `scp` lists. */
  scope?: string | readonly string[] | undefined;
  /** Names what is protected, in the challenge (RFC 9110 section 11.5). Printable ASCII. */
  realm?: string | undefined;
  /** The URL of this resource's metadata, for the challenge (RFC 9728 section 5.1). */
  resourceMetadata?: string | { readonly href: string } | undefined;
  /** Lets a request without a bearer token pass, with no JWT. A token that is there must be good. Default false. */
  optional?: boolean | undefined;
  /**
   * Takes the token from elsewhere than the Authorization header; nothing when there is none. Browsers send cookies
   * along whoever asks: with a token from there, guard against forged requests (CSRF).
   */
  getToken?(request: Incoming): string | null | undefined;
  /** For logs: why a token was refused, or could not be judged. The client is told none of it. */
  onError?(error: TouchstoneError, request: Incoming): void | Promise<void>;
}

/** What a client is told: nothing in it comes from the request. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request that is not let in, and the answer to it. The message and `cause` are for logs, not for the client. */
export class BearerError extends Error implements Answer {
  /** 400, 401, 403 or 503. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON: `{"error":"invalid_token"}`. */
  readonly body: string;
  /** Why the token was refused, or why it could not be judged. */
  declare readonly cause?: TouchstoneError;

  constructor(message: string, { status, headers, body }: Answer, cause?: TouchstoneError) {
    super(message, cause && { cause });
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /** The answer; a new one each time, because a Response can be sent once. */
  get response(): RuntimeResponse {
    return new Response(this.body, { status: this.status, headers: this.headers });
  }
}

Object.defineProperty(BearerError.prototype, "name", { value: "BearerError", configurable: true, writable: true });

/** RFC 6750 section 2.1; of RFC 9110 section 11.4, any other scheme. */
const b64token = /^[A-Za-z0-9._~+/-]+=*$/;
const bearerCredentials = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;
const otherCredentials = /^(?!Bearer(?: |$))[!#$%&'*+.^_`|~0-9A-Za-z-]+(?: |$)/i;

/** RFC 6749 section 3.3. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Seconds: the cooldown of a remote set, unless its owner chose another. */
const retryAfter = "30";

/**
 * What judges requests. `authorization` has the values of all fields of that name. Gives undefined for a request
 * that has no token and needs none; rejects with a BearerError, or with what is the server's own fault.
 *
 * Throws at once `option_invalid`, and what `createVerifier()` throws.
 */
export function bearer<Incoming>(keys: Verifier | VerifierOptions, options: BearerOptions<Incoming> = {}) {
  const verifier = isVerifier(keys) ? keys : createVerifier(keys);
  const { scopes, optional, getToken, onError, answers } = readBearerOptions<Incoming>(options);

  return async (
    request: Incoming, authorization: readonly string[], call?: RequestOptions,
  ): Promise<VerifiedJwt | undefined> => {
    const token = getToken ? checked(getToken(request)) : tokenIn(authorization);
    if (token === undefined && optional) return undefined;
    if (token === undefined) throw new BearerError("there is no bearer token", answers.missing);
    if (token === malformed) throw new BearerError("there is not exactly one well-formed bearer token", answers.malformed);
    const jwt = await verifier.verify(token, call).catch(async (error: unknown) => {
      const answer = error instanceof TouchstoneError && answerTo(error);
      if (!answer) throw error;
      await onError?.(error, request);
      throw new BearerError(error.message, answers[answer], error);
    });
    const granted = scopesOf(jwt.payload);
    if (!scopes.every((scope) => granted.includes(scope))) {
      throw new BearerError("the token lacks a scope", answers.insufficient);
    }
    return jwt;
  };
}

const isVerifier = (keys: Verifier | VerifierOptions): keys is Verifier =>
  typeof (keys as Verifier | undefined)?.verify === "function";

const malformed = Symbol("malformed");

/** The one bearer token; undefined when there are no such credentials (RFC 6750 section 3.1). */
function tokenIn(authorization: readonly string[]): string | typeof malformed | undefined {
  const [field, ...others] = authorization;
  if (others.length > 0) return malformed;
  if (!field) return undefined; // some servers drop an empty one
  return otherCredentials.test(field) ? undefined : (bearerCredentials.exec(field)?.[1] ?? malformed);
}

const checked = (token: string | null | undefined): string | typeof malformed | undefined =>
  token ? (b64token.test(token) ? token : malformed) : undefined;

/**
 * Of rows of the error table, how to answer: those of a set that was fetched (201 to 204) and of its fetching (from
 * 603 on) say nothing of the token. Undefined for those of the call itself, which are this server's own fault.
 */
function answerTo({ number }: TouchstoneError): "refused" | "unavailable" | undefined {
  if ((number >= 201 && number <= 204) || number >= 603) return "unavailable";
  return number < 500 || number === 602 ? "refused" : undefined;
}

/** As text (RFC 8693 section 4.2, RFC 9068 section 2.2.3) or, as some issuers have it, as an array or in `scp`. */
const scopesOf = ({ scope, scp }: JwtClaims): string[] =>
  [scope, scp].flat().flatMap((scopes) => (typeof scopes === "string" ? scopes.split(" ") : []));

function readBearerOptions<Incoming>(options: BearerOptions<Incoming>) {
  const { scope, realm, resourceMetadata, optional = false, getToken, onError, ...others } =
    Object.fromEntries(plainEntries("options", options)) as BearerOptions<Incoming>;
  for (const name of Object.keys(others)) refuseOption(name);
  const scopes = scope === undefined ? [] : readScopes(scope);
  if (realm !== undefined && !(typeof realm === "string" && /^[\x20-\x7e]*$/.test(realm))) refuseOption("realm");
  if (typeof optional !== "boolean") refuseOption("optional");
  for (const [name, value] of Object.entries({ getToken, onError })) {
    if (value !== undefined && typeof value !== "function") refuseOption(name);
  }
  const resource_metadata = resourceMetadata === undefined ? undefined : readUrl(resourceMetadata);
  return { scopes, optional, getToken, onError, answers: answersWith({ realm, resource_metadata }, scopes) };
}

function readScopes(wanted: unknown): string[] {
  const scopes = [wanted].flat().flatMap((names) => (typeof names === "string" ? names.split(" ") : [""]));
  // An empty list would check nothing.
  return scopes.length > 0 && scopes.every((name) => scopeToken.test(name)) ? scopes : refuseOption("scope");
}

function readUrl(wanted: string | { readonly href: string }): string {
  const text = typeof wanted === "string" ? wanted : wanted?.href;
  return URL.canParse(text) && /^https?:/i.test(text) ? new URL(text).href : refuseOption("resourceMetadata");
}

type Parameters = Readonly<Record<string, string | undefined>>;

/** RFC 6750 section 3.1, and for each error a description that does not say what was looked at. */
function answersWith(common: Parameters, scopes: readonly string[]) {
  const refusal = (status: number, error: string, error_description: string, more: Parameters = {}) =>
    answer(status, error, challenge({ ...common, error, error_description, ...more }));
  return {
    // Who does not know that a token is needed made no error.
    missing: answer(401, "unauthorized", challenge(common)),
    malformed: refusal(400, "invalid_request", "Exactly one well-formed bearer token is expected"),
    refused: refusal(401, "invalid_token", "The access token is not accepted"),
    insufficient: refusal(403, "insufficient_scope", "The access token lacks a scope", { scope: scopes.join(" ") }),
    unavailable: answer(503, "temporarily_unavailable", { "Retry-After": retryAfter }),
  };
}

const answer = (status: number, error: string, more: Record<string, string>): Answer => ({
  status,
  headers: { "Content-Type": "application/json", "Cache-Control": "no-store", ...more },
  body: JSON.stringify({ error }),
});

/** RFC 9110 section 11.6.1. */
function challenge(parameters: Parameters): Record<string, string> {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined) as [string, string][];
  const quoted = given.map(([name, value]) => `${name}="${value.replace(/["\\]/g, "\\$&")}"`);
  return { "WWW-Authenticate": ["Bearer", quoted.join(", ")].filter(Boolean).join(" ") };
}

/** What is used of Node's request, or of one that stands for it. */
export interface NodeRequest {
  readonly headers: { readonly authorization?: string | readonly string[] | undefined };
  readonly rawHeaders?: readonly string[] | undefined;
}

/** The Authorization fields of Node's request: of several `headers` keeps one, and `rawHeaders` all. */
export function authorizationOf({ headers, rawHeaders = [] }: NodeRequest): readonly string[] {
  const isValue = (position: number) => position % 2 === 1 && rawHeaders[position - 1]!.toLowerCase() === "authorization";
  const sent = rawHeaders.filter((_, position) => isValue(position));
  // Of one, `headers` says what it is: a handler before this one may have set it.
  return sent.length > 1 ? sent : [headers.authorization ?? []].flat();
}
