// Two Authorization fields over HTTP/2, which Node's own client does not send: bytes on a socket (RFC 9113, RFC 7541).
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http2";
import { connect } from "node:net";
import { test } from "node:test";
import { createVerifier } from "../../dist/index.js";
import { bearerAuth } from "../../dist/middleware/express.js";
import { claims, currentDate, jwksOf, jwtOf } from "../js/support.mjs";

const verifier = createVerifier({ jwks: jwksOf("ES256"), issuer: claims.iss, audience: "api", currentDate });

function frame(type, flags, stream, payload) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A literal of HPACK: never indexed, no Huffman code, a length in bytes of 7 bits. */
function literal(name, value) {
  const text = (of) => [...(of.length < 127 ? [of.length] : [127, ((of.length - 127) & 127) | 128, (of.length - 127) >> 7]), ...Buffer.from(of)];
  return [0x10, ...text(name), ...text(value)];
}

/** The status of the answer to a request with these Authorization fields. */
async function statusOf(...authorization) {
  const authenticate = bearerAuth(verifier);
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const socket = connect(server.address().port, "127.0.0.1");
  try {
    const fields = [[":method", "GET"], [":scheme", "http"], [":path", "/"], [":authority", "api.example"]];
    const block = [...fields, ...authorization.map((value) => ["authorization", value])].flatMap(([name, value]) => literal(name, value));
    const endsAll = 0x1 | 0x4;
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    socket.write(Buffer.concat([frame(4, 0, 0, Buffer.alloc(0)), frame(1, endsAll, 1, Buffer.from(block))]));
    const [request, response] = await once(server, "request");
    assert.equal(request.rawHeaders.filter((name) => name === "authorization").length, authorization.length);
    await authenticate(request, response, () => response.end());
    return response.statusCode;
  } finally {
    socket.destroy();
    server.close();
  }
}

test("one field", async () => assert.equal(await statusOf(`Bearer ${jwtOf("ES256")}`), 200));
test("two fields", async () => {
  assert.equal(await statusOf(`Bearer ${jwtOf("ES256")}`, `Bearer ${jwtOf("ES256")}`), 400);
  assert.equal(await statusOf(`Bearer ${jwtOf("ES256")}`, "Basic YTpi"), 400);
});
