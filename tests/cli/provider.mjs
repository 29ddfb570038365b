// A provider on loopback in a thread of its own, for tests that wait for a command line and do nothing else.
import { once } from "node:events";
import { createServer } from "node:http";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

/**
 * Starts it. `documents` by path: a text, `{status, headers, body}`, or null for no answer at all; "ISSUER" in a text
 * is the provider's own URL. A request that names the document's ETag gets 304. Gives that URL, `requests()`, how many
 * came, `change(documents)`, which adds to them, and `stop()`.
 */
export async function startProvider(documents) {
  const count = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL(import.meta.url), { workerData: { documents, count } });
  const [url] = await once(worker, "message");
  return {
    url,
    requests: () => Atomics.load(count, 0),
    async change(more) {
      worker.postMessage(more);
      await once(worker, "message");
    },
    stop: () => worker.terminate(),
  };
}

if (!isMainThread && workerData?.documents) {
  const { documents, count } = workerData;
  const server = createServer((request, response) => {
    Atomics.add(count, 0, 1);
    const document = documents[request.url];
    if (document === null) return;
    const { status = 200, headers = {}, body } =
      typeof document === "string" ? { body: document } : document ?? { status: 404, body: "" };
    const isKnown = headers.ETag && request.headers["if-none-match"] === headers.ETag;
    const url = `http://${request.headers.host}`;
    response.writeHead(isKnown ? 304 : status, headers).end(isKnown ? undefined : body?.replaceAll("ISSUER", url));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  parentPort.on("message", (more) => parentPort.postMessage(Object.assign(documents, more) && "changed"));
  parentPort.postMessage(`http://127.0.0.1:${server.address().port}`);
}
