import assert from "node:assert/strict";
import { createServer } from "node:http";
import { attachWebSockets } from "../../../chat/socket/ws_socket.ts";
import { createClientAddress } from "../../../lib/client_address.ts";
import { AppError } from "../../../lib/errors.ts";
import { listen } from "../../../lib/listen.ts";
import { openRaw, upgradeRequest } from "../../support/raw_socket.ts";

for (
  const [trusted, address] of [[[], "127.0.0.1"], [["127.0.0.1"], "203.0.113.5"]] as const
) {
  Deno.test(`attachWebSockets takes ${address} for who asks where [${trusted}] are proxies`, async () => {
    const http = createServer();
    const asked: string[] = [];
    using _attached = attachWebSockets(http, "/chat", (upgrade) => {
      asked.push(upgrade.address);
      upgrade.refuse(new AppError("forbidden", "nobody may"));
    }, createClientAddress(trusted));
    const port = await listen(http, "127.0.0.1", 0);
    const headers = { "X-Forwarded-For": "198.51.100.1, 203.0.113.5" };
    using socket = await openRaw(port, upgradeRequest("/chat", headers));
    assert.equal((await socket.answer()).status, 403);
    assert.deepEqual(asked, [address]);
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });
}
