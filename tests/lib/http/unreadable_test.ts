import assert from "node:assert/strict";
import { openHttpLine } from "../../support/http_line.ts";
import { testWithServer } from "../../support/shared_server.ts";

const HOST = "Host: 127.0.0.1\r\n";
const POST = `POST /api/v1/sessions HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n`;

const unreadable: Record<string, [string, number, string]> = {
  "what is not HTTP": ["hello\r\n\r\n", 400, "invalid"],
  "a method that does not exist": [`FETCH / HTTP/1.1\r\n${HOST}\r\n`, 400, "invalid"],
  "two lengths": [`${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400, "invalid"],
  "a length and chunks": [
    `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    400,
    "invalid",
  ],
  "a chunk without a size": [`${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400, "invalid"],
  "a header that is too long": [
    `GET /healthz HTTP/1.1\r\n${HOST}X: ${"y".repeat(100_000)}\r\n\r\n`,
    431,
    "too-large",
  ],
  "no host": ["GET /healthz HTTP/1.1\r\n\r\n", 400, "invalid"],
  "a host that is none": ["GET /healthz HTTP/1.1\r\nHost: [\r\n\r\n", 400, "invalid"],
  "an address that is none": [`OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, 400, "invalid"],
};
for (const [what, [request, status, code]] of Object.entries(unreadable)) {
  testWithServer(`answerUnreadable answers ${what} with a problem`, async ({ port }) => {
    using line = await openHttpLine(port);
    await line.write(new TextEncoder().encode(request));
    const answer = await line.answer();
    assert.equal(answer?.status, status);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    const problem = JSON.parse(answer.body);
    assert.deepEqual([problem.status, problem.code], [status, code]);
  });
}

testWithServer("answerUnreadable answers a request with an unknown expectation", async (server) => {
  using line = await openHttpLine(server.port);
  const request = `GET /healthz HTTP/1.1\r\n${HOST}Expect: a surprise\r\n\r\n`;
  await line.write(new TextEncoder().encode(request));
  assert.equal((await line.answer())?.status, 200);
});

testWithServer("answerUnreadable keeps out of an answer that was begun", async ({ port }) => {
  using line = await openHttpLine(port);
  // The second request is no request: the first one's answer comes whole, or not at all.
  await line.write(
    new TextEncoder().encode(`GET /readyz HTTP/1.1\r\n${HOST}\r\n\x00\x01\x02\r\n\r\n`),
  );
  for (let answer = await line.answer(); answer !== undefined; answer = await line.answer()) {
    assert.equal(JSON.parse(answer.body).status, answer.status === 200 ? "ready" : answer.status);
  }
});
