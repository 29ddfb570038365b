import type { RuntimeResponse } from "../middleware/bearer.js";
import type { Publication } from "./types.js";

/** What is used of a Request. */
export interface RequestLike {
  readonly method: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
}

const methods = "GET, HEAD, OPTIONS";
/** Verifiers in browsers read the set, too. It is public, and no credentials belong to it. */
const forAll = { "access-control-allow-origin": "*", "access-control-expose-headers": "ETag" };

/** Answers with one of the documents that are published, by their paths (RFC 9110). */
export async function answer(
  request: RequestLike,
  documents: ReadonlyMap<string, () => Promise<Publication>>,
): Promise<RuntimeResponse> {
  const publish = documents.get(new URL(request.url).pathname);
  if (!publish) return respond(404);
  if (request.method === "OPTIONS") return respond(204, preflight);
  if (request.method !== "GET" && request.method !== "HEAD") return respond(405, { allow: methods });
  let document: Publication;
  try {
    document = await publish();
  } catch {
    return respond(503, { "cache-control": "no-store", "retry-after": "5" }); // onStoreError was told why
  }
  const { body, contentType, cacheControl, etag } = document;
  const validators = { ...forAll, etag, "cache-control": cacheControl };
  if (isMatched(request.headers.get("if-none-match"), etag)) return respond(304, validators);
  const fields = { ...validators, "content-type": contentType, "x-content-type-options": "nosniff" };
  return respond(200, fields, request.method === "HEAD" ? null : body);
}

/** A page's `fetch` asks first whether it may send If-None-Match. */
const preflight = {
  ...forAll,
  allow: methods,
  "access-control-allow-methods": methods,
  "access-control-allow-headers": "If-None-Match",
  "access-control-max-age": "86400",
};

/** RFC 9110 section 13.1.2: by the weak comparison. */
function isMatched(ifNoneMatch: string | null, etag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
}

const respond = (status: number, headers: Record<string, string> = {}, body: string | null = null) =>
  new Response(body, { status, headers }) as RuntimeResponse;
