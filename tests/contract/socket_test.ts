import { createServer } from "node:http";
import type { UpgradeHandler } from "../../chat/socket/socket.ts";
import { attachWebSockets } from "../../chat/socket/ws_socket.ts";
import { listen } from "../../lib/listen.ts";
import { PATH, type SocketServer, testSocketContract } from "./socket_contract.ts";

async function serve(handle: UpgradeHandler): Promise<SocketServer> {
  const http = createServer((_, response) => void response.end("not a socket"));
  const sockets = attachWebSockets(http, PATH, handle);
  const port = await listen(http, "127.0.0.1", 0);
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      sockets[Symbol.dispose]();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

testSocketContract("ws socket", serve);
