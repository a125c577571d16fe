import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import { signUp, startTestServer } from "../support/api_server.ts";

Deno.test("linkPreviews goes nowhere that only this machine can reach", async () => {
  let asked = 0;
  const { promise: listening, resolve } = Promise.withResolvers<number>();
  await using _inside = Deno.serve({
    ...{ hostname: "127.0.0.1", port: 0 },
    onListen: ({ port }) => resolve(port),
  }, () => {
    asked++;
    return new Response("<title>secret</title>", { headers: { "content-type": "text/html" } });
  });
  const port = await listening;
  await using server = await startTestServer({ previews: true });
  const ann = await signUp(server);
  const ask = (url: string) => ann.call("GET", `/link-previews?url=${encodeURIComponent(url)}`);
  for (
    const host of ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"]
  ) {
    const { status, body } = await ask(`http://${host}:${port}/`);
    assert.deepEqual([status, body], [200, { preview: null }], host);
  }
  assert.equal(asked, 0);
  for (
    const url of [
      "javascript:alert(1)",
      "file:///etc/passwd",
      "nothing",
      "",
      `http://a.test/${"x".repeat(2_000)}`,
    ]
  ) {
    assert.equal((await ask(url)).status, 422, url);
  }
  assert.equal((await ann.call("GET", `/link-previews/${newId()}/image`)).status, 404);
});
