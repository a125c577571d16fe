/** A real client that is signed in at a server which a test plays. */
import { type Client, createClient } from "../../client/client.ts";
import type { FakeServer } from "./fake_server.ts";
import { createFakeTimers, type FakeTimers } from "./fake_timers.ts";

export async function signedIn(
  server: FakeServer,
): Promise<{ client: Client; timers: FakeTimers }> {
  const timers = createFakeTimers();
  const { fetch, openWire } = server;
  const client = createClient({
    origin: "http://server",
    credentials: "body",
    fetch,
    openWire,
    timers,
  });
  await client.session.signIn("ann", "password");
  await turns();
  return { client, timers };
}

/** Lets the fake server's answers arrive: reading a response takes more than microtasks. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Cuts the connection and makes the next one, up to its first frame. */
export async function reconnect(server: FakeServer, timers: FakeTimers): Promise<void> {
  server.cut();
  await timers.pass(1_000);
  await turns();
}
