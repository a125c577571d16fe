/** One server for all the tests of a file: each makes people of its own. */
import { startTestServer, type TestServer } from "./api_server.ts";

let shared: Promise<TestServer> | undefined;

Deno.test.afterAll(async () => {
  await (await shared)?.[Symbol.asyncDispose]();
});

export function testWithServer(name: string, fn: (server: TestServer) => Promise<void>): void {
  Deno.test({
    name,
    // The server goes on between the tests, and so do its timers and connections.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => await fn(await (shared ??= startTestServer())),
  });
}
