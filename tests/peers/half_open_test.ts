/** A peer whose machine is gone: TCP still holds the connection, and nobody answers. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { startChatNode } from "../../chat/node.ts";
import { HEARTBEAT } from "../../chat/heartbeat.ts";
import { attachWebSockets } from "../../chat/socket/ws_socket.ts";
import { startAnnouncer } from "../../lib/bus/announcer.ts";
import { createMemoryWire } from "../../lib/bus/memory_bus.ts";
import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { listen } from "../../lib/listen.ts";
import { createChatStore } from "../../lib/sql/chat_store.ts";
import type { Database } from "../../lib/sql/open.ts";
import { insertSession } from "../../lib/sql/sessions.ts";
import { insertTicket } from "../../lib/sql/tickets.ts";
import { realTimers } from "../../lib/timers.ts";
import { hashToken, newToken } from "../../lib/tokens.ts";
import { createFakeClock } from "../support/clock.ts";
import { testWithDatabase } from "../support/databases.ts";
import { eventually } from "../support/deadline.ts";
import { createFakeLog, createNoStatus } from "../support/fake_services.ts";
import { createReport } from "../support/speaking_node.ts";
import { openGoodClient } from "../support/good_client.ts";
import { seedUser } from "../support/seed.ts";
import { openSilentReader } from "../support/silent_reader.ts";

const NODE = "node-1";

async function takeTicket({ sql }: Database): Promise<string> {
  const session: Id = newId();
  await insertSession(sql, { id: session, userId: await seedUser(sql), device: "", ip: "" });
  const ticket = newToken();
  await insertTicket(sql, { hash: hashToken(ticket), session, node: NODE, seconds: 60 });
  return ticket;
}

testWithDatabase("a half-open peer is cut after two heartbeats, and no other", async (database) => {
  await using cleanup = new AsyncDisposableStack();
  const clock = createFakeClock();
  const bus = createMemoryWire().open();
  const node = cleanup.use(
    await startChatNode({
      self: createReport({ node: NODE }),
      store: createChatStore(database),
      timers: realTimers,
      bus,
      announcer: cleanup.use(startAnnouncer(bus, NODE, realTimers)),
      status: createNoStatus(),
      clock,
      log: createFakeLog(),
      allowOrigin: () => true,
      limits: true,
      delay: () => 0,
    }),
  );
  const http = createServer();
  cleanup.defer(() => {
    http.closeAllConnections();
    return new Promise((resolve) => http.close(() => resolve()));
  });
  cleanup.use(attachWebSockets(http, "/api/v1/chat", node.upgrade));
  const port = await listen(http, "127.0.0.1", 0);

  const alive = cleanup.use(await openGoodClient(port, await takeTicket(database)));
  using silent = await openSilentReader(port, await takeTicket(database));
  const pass = async (seconds: number) => {
    clock.advance(seconds * 1_000);
    assert.equal((await alive.ask<"ping">({ type: "ping" })).type, "pong");
  };
  await pass(HEARTBEAT);
  await pass(HEARTBEAT - 1);
  // The node looks once a second of real time.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  assert.ok(await silent.serverEnd() !== undefined, "it may still come back");
  await pass(2);
  await eventually(async () => await silent.serverEnd() === undefined, "the cut", 10_000);
  await pass(1);
});
