// The one request that the page ever makes, and only when it is told to: for a key set, or for an issuer's.
import { TouchstoneError } from "../src/url.js";
import { httpGet, HttpGetError } from "../src/http-get.js";
import { fetchMetadata } from "../src/remote/discovery.js";

const timeout = 10;
const maxSize = 1024 * 1024;

/** The text of a set. Rejects with an Error whose message says what to do. */
export async function fetchSet(url: string): Promise<string> {
  return explained(async () => {
    const { status, body } = await httpGet(url, [["Accept", "application/jwk-set+json, application/json"]], { timeout, maxSize });
    if (status !== 200) throw new Error(`The server answered with status ${status}.`);
    if (body.length > maxSize) throw new Error("The answer is larger than 1 MiB.");
    return new TextDecoder().decode(body).trim();
  });
}

/** Where an issuer's set is, by its metadata, which must be this issuer's. */
export async function findSet(issuer: string): Promise<string> {
  // The page runs in a browser, whose own network may well be private.
  return explained(async () => (await fetchMetadata(issuer, true, { timeout })).jwksUri);
}

async function explained<Value>(get: () => Promise<Value>): Promise<Value> {
  try {
    return await get();
  } catch (error) {
    if (error instanceof TouchstoneError) throw new Error(`Refused: ${error.message} (${error.reason}).`);
    if (error instanceof HttpGetError && error.cause instanceof TypeError) {
      throw new Error(
        "No answer that this page may read: the server cannot be reached, or does not allow pages of others to read " +
          "it (CORS). curl has no such rule: paste here what it gets.",
      );
    }
    throw error instanceof HttpGetError ? new Error(`Not fetched: ${error.message}.`) : error;
  }
}
