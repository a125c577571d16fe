/** The real client behind balanced gates, and all that it would have shown to its user as an error. */
import { type Client, createClient } from "../../client/client.ts";
import { openWebSocket, type OpenWire, type Wire } from "../../client/transport.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { keepCookie } from "./kept_cookie.ts";

export interface Watched extends Disposable {
  readonly client: Client;
  readonly id: Id;
  /** Of the node that it is at, or goes to. */
  port(): number;
  /** Loses its connection, as in a tunnel. */
  cut(): void;
  /** Does something in its user's name, who would be shown that it failed. */
  attempt(what: string, act: () => Promise<unknown>): Promise<void>;
  readonly problems: readonly string[];
  /** The longest time without a connection since it was first there, in milliseconds. */
  longestGap(): number;
}

/**
 * @param refreshToken of a session that there is already: hundreds of passwords take their time
 * @param gates origins; like any proxy it goes to another one where one takes no connection, and only
 * then: a request that was sent may have been done
 */
export async function createWatched(
  gates: readonly string[],
  refreshToken: string,
  openWire: OpenWire = openWebSocket,
): Promise<Watched> {
  const problems: string[] = [];
  let wire: Wire | undefined;
  let port = 0;
  let lostAt: number | undefined;
  let longest = 0;
  const client = createClient({
    origin: BALANCED,
    credentials: "cookie",
    fetch: keepCookie(refreshToken, balance(gates)),
    openWire: (url, protocols, listener) => {
      port = Number(new URL(url).port);
      return wire = openWire(url, protocols, listener);
    },
  });
  client.on("connection", (state) => {
    if (state.name === "stopped") problems.push(`the connection was given up: ${state.code}`);
    if (state.name !== "ready") {
      lostAt ??= performance.now();
    } else if (lostAt !== undefined) {
      longest = Math.max(longest, performance.now() - lostAt);
      lostAt = undefined;
    }
  });
  client.on("thread", ({ conversation }) => {
    for (const { state, failure } of client.thread.view(conversation).pending) {
      if (state === "failed") problems.push(`not sent: ${failure?.code} ${failure?.message}`);
    }
  });
  const session = await client.session.resume();
  if (session.name !== "signed-in") throw new Error("there is no such session");
  client.on("session", ({ name }) => problems.push(`the session is ${name}`));
  longest = 0;
  lostAt = undefined;
  return {
    client,
    id: session.me.id,
    port: () => port,
    cut: () => wire?.close(),
    attempt: async (what, act) => {
      try {
        await act();
      } catch (error) {
        problems.push(`${what}: ${messageOf(error)}`);
      }
    },
    problems,
    longestGap: () => Math.max(longest, lostAt === undefined ? 0 : performance.now() - lostAt),
    [Symbol.dispose]: () => client.close(),
  };
}

const BALANCED = "http://balanced";

function balance(gates: readonly string[]): typeof fetch {
  // As long as deploy/nginx.conf keeps an idle connection.
  const http = Deno.createHttpClient({ poolIdleTimeout: 2_000 });
  let turn = Math.floor(Math.random() * gates.length);
  return async (input, init) => {
    turn++;
    for (let tried = 1;; tried++) {
      const gate = gates[(turn + tried) % gates.length] ?? "";
      try {
        return await fetch(String(input).replace(BALANCED, gate), { ...init, client: http });
      } catch (error) {
        const notTaken = error instanceof TypeError &&
          messageOf(error.cause).includes("client error (Connect)");
        if (notTaken && tried < gates.length) continue;
        throw error instanceof TypeError ? new TypeError(messageOf(error.cause)) : error;
      }
    }
  };
}
