/** What is asked of a service goes to its address and nowhere else. */
import assert from "node:assert/strict";
import { createDirectClient, NotConnected } from "../../lib/services/direct_client.ts";
import { realTimers } from "../../lib/timers.ts";
import { eventually } from "../support/deadline.ts";
import { freePort } from "../support/ports.ts";
import { serveRoutes } from "../support/service_server.ts";

const ASKED = { method: "POST", headers: {}, body: "{}" };
const never = () => new AbortController().signal;

Deno.test("createDirectClient goes past the proxy that the environment names", async () => {
  let proxied = 0;
  await using proxy = await serveRoutes({ fetch: () => (proxied++, new Response("proxy")) });
  await using service = await serveRoutes({ fetch: () => new Response("service") });
  const module = new URL("../../lib/services/direct_client.ts", import.meta.url);
  const timers = new URL("../../lib/timers.ts", import.meta.url);
  const script = `
    import { createDirectClient } from ${JSON.stringify(module)};
    import { realTimers } from ${JSON.stringify(timers)};
    using client = createDirectClient(realTimers);
    const signal = new AbortController().signal;
    const url = new URL(${JSON.stringify(service.url)});
    const { text } = await client.send(url, { method: "GET", headers: {}, body: undefined, signal });
    console.log(text, await (await fetch(url)).text());`;
  const root = new URL("../../", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-net",
      `data:text/typescript,${encodeURIComponent(script)}`,
    ],
    cwd: root,
    env: { http_proxy: proxy.url, HTTP_PROXY: proxy.url, NO_PROXY: "", no_proxy: "" },
  }).output();
  // What fetch does shows that there was a proxy to go past.
  assert.equal(new TextDecoder().decode(stdout).trim(), "service proxy");
  assert.equal(proxied, 1);
});

Deno.test("createDirectClient says whether anything was sent", async () => {
  using client = createDirectClient(realTimers);
  const nobody = new URL(`http://127.0.0.1:${freePort()}/`);
  await assert.rejects(client.send(nobody, { ...ASKED, signal: never() }), NotConnected);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = new URL(`http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/`);
  const breaking = (async () => {
    const connection = await listener.accept();
    await connection.read(new Uint8Array(10_000));
    connection.close();
  })();
  await assert.rejects(
    client.send(url, { ...ASKED, signal: never() }),
    (error) => error instanceof Error && !(error instanceof NotConnected),
  );
  await breaking;
});

Deno.test("createDirectClient waits a bounded time for a connection", async () => {
  await using service = await serveRoutes({ fetch: () => new Response("here") });
  const waits: number[] = [];
  // The time is over before the system has had a turn to connect.
  const after = (ms: number, callback: () => void) => {
    waits.push(ms);
    queueMicrotask(callback);
    return () => {};
  };
  using client = createDirectClient({ ...realTimers, after });
  const asked = client.send(new URL(service.url), { ...ASKED, signal: never() });
  await assert.rejects(asked, NotConnected);
  assert.deepEqual(waits, [2_000]);
});

Deno.test("createDirectClient keeps a connection, and not for long", async () => {
  await using service = await serveRoutes({ fetch: () => new Response("here") });
  using proxy = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let open = 0;
  let made = 0;
  const piping = (async () => {
    for await (const from of proxy) {
      open++;
      made++;
      const to = await Deno.connect({
        hostname: "127.0.0.1",
        port: Number(new URL(service.url).port),
      });
      void to.readable.pipeTo(from.writable).catch(() => {});
      void from.readable.pipeTo(to.writable).catch(() => {}).finally(() => open--);
    }
  })();
  using client = createDirectClient(realTimers, 300);
  const url = new URL(`http://127.0.0.1:${(proxy.addr as Deno.NetAddr).port}/`);
  for (let n = 0; n < 3; n++) {
    assert.equal((await client.send(url, { ...ASKED, signal: never() })).text, "here");
  }
  assert.equal(made, 1);
  await eventually(() => open === 0, "the end of an idle connection");
  proxy.close();
  await piping;
});
