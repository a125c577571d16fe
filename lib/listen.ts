import type { Server } from "node:http";
import { StartError } from "./errors.ts";

/**
 * Makes `server` listen.
 * @param reusePort whether others may listen at the same port, and the system shares out who comes
 * @returns the port, which matters where 0 asked for any free one
 * @throws StartError when the address cannot be had
 */
export function listen(
  server: Server,
  host: string,
  port: number,
  reusePort = false,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: Error & { code?: string }) => {
      reject(new StartError(problem(error.code ?? error.message, host, port)));
    });
    server.listen({ port, host, reusePort }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function problem(code: string, host: string, port: number): string {
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} of ${host} is taken: stop what listens there or set PORT to another`;
    case "EACCES":
      return `port ${port} may not be opened by this user: set PORT to one above 1023`;
    case "EADDRNOTAVAIL":
    case "EINVAL":
    case "ENOTFOUND":
      return `HOST=${host} is not an address of this machine`;
    default:
      return `cannot listen on ${host} port ${port}: ${code}`;
  }
}
