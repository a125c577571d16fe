import { newId } from "../../lib/ids.ts";
import type { Id, Me } from "../../lib/protocol/model.ts";
import { hashToken, newToken, TICKET_LIFETIME } from "../../lib/tokens.ts";
import type { MemoryStore } from "../support/memory_store.ts";
import type { Chance } from "./chance.ts";
import type { SimTime } from "./time.ts";
import type { Weather } from "./weather.ts";

/** Seconds: short, so that schedules see renewals. */
const ACCESS_LIFETIME = 60;

type Request = { method: string; path: string; body: Record<string, unknown>; token: string };
type Answer = { status: number; body: unknown };

/**
 * The HTTP interface as far as a client needs it to talk, with people for logins and no passwords.
 * Tokens are the session's id and the time at which they end.
 */
export function createSimGate(parts: {
  memory: MemoryStore;
  time: SimTime;
  chance: Chance;
  weather: () => Weather;
  /** Nodes that can take a connection. */
  nodes: () => readonly string[];
  ended: (session: Id) => void;
}): (online: () => boolean, granted: (session: Id) => void) => typeof globalThis.fetch {
  const { memory, time, chance, weather, nodes, ended } = parts;

  const grant = (session: Id, user: Id): Answer => {
    const me: Me = {
      ...{ id: user, username: user, displayName: user, avatar: null, bio: "" },
      email: `${user}@example.org`,
      createdAt: "2026-01-01T00:00:00.000Z",
    };
    return {
      status: 200,
      body: {
        user: me,
        session,
        accessToken: `${session}.${time.now() + ACCESS_LIFETIME * 1000}`,
        accessExpiresIn: ACCESS_LIFETIME,
        refreshExpiresIn: 86_400,
        refreshToken: session,
      },
    };
  };

  const live = (session: Id) => {
    const found = memory.data.sessions.get(session);
    return found?.endedAt === undefined ? found : undefined;
  };

  const handle = ({ method, path, body, token }: Request): Answer => {
    if (path === "/sessions") {
      const session = newId();
      memory.addSession(session, String(body.login));
      return grant(session, String(body.login));
    }
    if (path === "/sessions/refresh") {
      const session = String(body.refreshToken);
      const found = live(session);
      return found === undefined ? UNAUTHENTICATED : grant(session, found.user);
    }
    const [session = "", end] = token.split(".");
    const access = live(session);
    if (access === undefined || Number(end) <= time.now()) return UNAUTHENTICATED;
    if (path === "/sessions/current" && method === "DELETE") {
      memory.endSession(session);
      ended(session);
      return { status: 204, body: undefined };
    }
    if (path === "/tickets") {
      const excluded = Array.isArray(body.exclude) ? body.exclude : [];
      const all = nodes();
      const good = all.filter((node) => !excluded.includes(node));
      const among = good.length > 0 ? good : all;
      const node = among[chance.below(among.length)];
      if (node === undefined) return UNAVAILABLE;
      const ticket = newToken();
      const hash = hashToken(ticket);
      memory.addTicket({ hash, session, node, seconds: TICKET_LIFETIME });
      return { status: 201, body: { url: node, ticket, expiresIn: TICKET_LIFETIME, node } };
    }
    if (path === "/contacts") {
      return { status: 200, body: { contacts: [], incoming: [], outgoing: [], blocked: [] } };
    }
    const conversations = memory.listConversations(access.user);
    if (path === "/conversations") return { status: 200, body: { conversations, next: null } };
    const one = conversations.find(({ id }) => path === `/conversations/${id}`);
    if (one === undefined) return NOT_MEMBER;
    return { status: 200, body: { ...one, members: memory.readMembers(one.id) } };
  };

  /** One way of a request: it may get lost, and without a network nothing ever comes. */
  const way = async (online: () => boolean) => {
    await time.sleep(chance.delay(weather().slowness));
    if (!online()) throw new TypeError("the network is gone");
    if (chance.happens(weather().requestLost / 2)) throw new TypeError("the connection was reset");
  };

  return (online, granted) => async (input, init) => {
    await way(online);
    const path = new URL(String(input)).pathname.replace("/api/v1", "");
    const { status, body } = weather().databaseDown ? UNAVAILABLE : handle({
      method: init?.method ?? "GET",
      path,
      body: typeof init?.body === "string" ? JSON.parse(init.body) : {},
      token: new Headers(init?.headers).get("authorization")?.slice("Bearer ".length) ?? "",
    });
    const text = body === undefined ? "" : JSON.stringify(body);
    await way(online);
    if (typeof body === "object" && body !== null && "session" in body) {
      granted(String(body.session));
    }
    // Reading a real one takes turns of the event loop, and not always the same number.
    return Object.assign(new Response(null, { status }), { text: () => Promise.resolve(text) });
  };
}

const UNAUTHENTICATED = { status: 401, body: { code: "unauthenticated", detail: "sign in" } };
const UNAVAILABLE = { status: 503, body: { code: "unavailable", detail: "later" } };
const NOT_MEMBER = { status: 404, body: { code: "not-member", detail: "not yours" } };
