/**
 * GET for JWK Sets and metadata documents, on any `fetch`: whatever the other side does, it ends in time, reads
 * no more than it may and goes nowhere else. Needs nothing but what every runtime has.
 */

import type { AbortSignalLike, FetchInit, FetchLike, ResponseLike } from "./types.js";

/** A field of an HTTP message: name and value. */
export type HttpField = readonly [name: string, value: string];

export interface HttpGetOptions {
  /** Seconds for everything: connecting, redirects, the body. */
  readonly timeout: number;
  /** Bytes of a body after content decoding. */
  readonly maxSize: number;
  /** Take http: from hosts that are not loopback, too. */
  readonly allowHttp?: boolean;
  /** Ends the request; its reason is then what is thrown. */
  readonly signal?: AbortSignalLike | undefined;
  /** In place of the runtime's own. It is called with a URL's text. */
  readonly fetch?: FetchLike | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly fields: HttpField[];
  /** Of status 200, else empty. One byte longer than `maxSize` when there was more, by which it can be refused. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Why there is no response: a row of the error table, which every build has under the same name. */
export class HttpGetError extends Error {
  readonly reason: "fetch_failed" | "fetch_insecure" | "fetch_timed_out";
  /** Where it happened, by a word that native/include/touchstone/http.hpp has for the same. */
  readonly hint?: string;

  constructor(reason: HttpGetError["reason"], message: string, options: ErrorOptions & { hint?: string } = {}) {
    super(message, options);
    this.reason = reason;
    if (options.hint) this.hint = options.hint;
  }
}

const maxRedirects = 3;
const redirectStatuses = [301, 302, 303, 307, 308];

/**
 * Gets a document. Redirects are followed within the origin, three at most; nothing is sent but the fields.
 *
 * Throws an HttpGetError: `fetch_insecure` for http: beyond loopback, for credentials in the URL and for a
 * redirect to another origin; `fetch_timed_out`; `fetch_failed` for whatever else went wrong.
 */
export async function httpGet(url: string, fields: readonly HttpField[], options: HttpGetOptions): Promise<HttpResponse> {
  const { signal } = options;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason));
  });
  const stop = () => controller.abort(signal?.reason);
  const timeOut = () => controller.abort(new HttpGetError("fetch_timed_out", `no answer in ${options.timeout} s`));
  const timer = setTimeout(timeOut, options.timeout * 1000);
  signal?.addEventListener("abort", stop);
  try {
    // A custom fetch may not listen to the signal.
    return await Promise.race([stopped, get(new URL(url), fields, options, controller.signal)]);
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    if (error instanceof HttpGetError) throw error;
    throw new HttpGetError("fetch_failed", "no whole response came", { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

async function get(
  first: URL, fields: readonly HttpField[], options: HttpGetOptions, signal: AbortSignal,
): Promise<HttpResponse> {
  const { fetch = globalThis.fetch as FetchLike } = options;
  const init = requestInit(fields, signal);
  let url = first;
  for (let redirects = 0; ; redirects++) {
    check(url, options);
    const response = await fetch(url.href, init);
    const location = redirectStatuses.includes(response.status) && response.headers.get("Location");
    if (!location && response.type !== "opaqueredirect") {
      return { status: response.status, fields: [...response.headers], body: await bodyOf(response, options.maxSize) };
    }
    void response.body?.cancel().catch(() => {});
    // A browser does not show where to.
    if (!location) throw new HttpGetError("fetch_failed", "redirects cannot be followed here", { hint: "redirect" });
    if (redirects === maxRedirects) throw new HttpGetError("fetch_failed", "too many redirects", { hint: "redirect" });
    const next = new URL(location, url);
    if (next.origin !== url.origin) throw new HttpGetError("fetch_insecure", "a redirect leads to another origin", { hint: "redirect" });
    url = next;
  }
}

/** Only what the runtime knows: workerd throws on members that it does not. */
function requestInit(fields: readonly HttpField[], signal: AbortSignal): FetchInit {
  const known = Request.prototype;
  // A browser's own cache asks conditionally. Conditions of ours would be fields that the provider has to
  // allow beforehand (CORS), and without them the answer could be as old as that cache lets it.
  const isInBrowser = "location" in globalThis && "cache" in known && !("Deno" in globalThis);
  const sent = isInBrowser ? fields.filter(([name]) => !/^if-/i.test(name)) : fields;
  return {
    redirect: "manual",
    signal,
    headers: sent.map(([name, value]) => [name, value]),
    ...("credentials" in known ? { credentials: "omit" } : {}),
    ...(isInBrowser ? { cache: "no-cache" } : {}),
  };
}

function check(url: URL, { allowHttp = false }: HttpGetOptions): void {
  const isSecure = url.protocol === "https:" || (url.protocol === "http:" && (allowHttp || isLoopback(url.hostname)));
  if (!isSecure) throw new HttpGetError("fetch_insecure", "only https: is fetched", { hint: "url" });
  if (url.username || url.password) throw new HttpGetError("fetch_insecure", "the URL holds credentials", { hint: "url" });
}

/** Of a host as URL writes it. */
const isLoopback = (host: string) => /^(127\.\d+\.\d+\.\d+|\[::1\]|(.+\.)?localhost)$/.test(host);

async function bodyOf(response: ResponseLike, maxSize: number): Promise<Uint8Array<ArrayBuffer>> {
  const stream = response.body;
  if (!stream) return new Uint8Array();
  if (response.status !== 200) {
    void stream.cancel().catch(() => {});
    return new Uint8Array();
  }
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size <= maxSize) {
    const { done, value } = await reader.read();
    if (done || !value) break;
    const chunk = value.subarray(0, maxSize + 1 - size);
    chunks.push(chunk);
    size += chunk.length;
  }
  void reader.cancel().catch(() => {});
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/** Cloudflare Workers, and runtimes made of them, end a request that waits for another's promise. */
export const isInWorkers = (): boolean =>
  (globalThis.navigator as Navigator | undefined)?.userAgent === "Cloudflare-Workers" || "EdgeRuntime" in globalThis;
