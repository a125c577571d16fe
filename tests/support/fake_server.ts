/** A server of a few lines for the client's tests: every answer is in the test's hands. */
import type { OpenWire, WireListener } from "../../client/transport.ts";
import type { Conversation, Head, Id, Me, Member } from "../../lib/protocol/model.ts";

const AT = "2026-01-01T00:00:00.000Z";

export const ME: Me = {
  id: "00000000-0000-7000-8000-00000000000a",
  username: "ann",
  displayName: "Ann",
  avatar: null,
  bio: "",
  email: "ann@example.org",
  createdAt: AT,
};

export type Request = { method: string; path: string; body: Record<string, unknown> };

export type Frame = { type: string; ref: number } & Record<string, unknown>;

export interface FakeServer {
  readonly fetch: typeof globalThis.fetch;
  readonly openWire: OpenWire;
  /** What `GET /conversations` answers, or undefined for a 503. */
  conversations: Conversation[] | undefined;
  epoch: Id;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** Requests that change something. */
  readonly requests: Request[];
  /**
   * Answers a request before anything else does: a `Response` as it is, anything else as JSON.
   * Undefined leaves it to the others.
   */
  answer: (request: Request) => object | Promise<object | undefined> | undefined;
  /** Who is in every conversation. */
  members: Member[];
  /** Frames that the client has sent on its newest wire. */
  readonly frames: Frame[];
  /** Answers a frame of the client; undefined leaves it unanswered. */
  handle: (frame: Frame) => object | undefined;
  /** Sends the first frame of the newest wire. */
  ready(heads: readonly Head[]): void;
  tell(frame: object): void;
  cut(): void;
  /** Ends the newest wire as the server does, with a code. */
  close(code: number): void;
}

export function createFakeServer(): FakeServer {
  let listener: WireListener | undefined;
  const answers: Record<string, () => object | undefined> = {
    "/sessions": () => ({
      user: ME,
      session: "s",
      accessToken: "access",
      accessExpiresIn: 900,
      refreshExpiresIn: 900,
      refreshToken: "refresh",
    }),
    "/tickets": () => ({ url: "ws://node/", ticket: "t", node: "node-1", expiresIn: 30 }),
    "/contacts": () => ({ contacts: [], incoming: [], outgoing: [], blocked: [] }),
    "/conversations": () =>
      server.conversations && { conversations: server.conversations, next: null },
  };
  const server: FakeServer = {
    conversations: [],
    epoch: "e1",
    asked: [],
    requests: [],
    answer: () => undefined,
    members: [],
    frames: [],
    handle: () => undefined,
    fetch: async (input, init) => {
      const { pathname, search } = new URL(String(input));
      const path = pathname.replace("/api/v1", "");
      server.asked.push(path + search);
      const body = typeof init?.body === "string" ? JSON.parse(init.body) : {};
      const request = { method: init?.method ?? "GET", path, body };
      if (request.method !== "GET") server.requests.push(request);
      const one = server.conversations?.find(({ id }) => path === `/conversations/${id}`);
      const answer = await server.answer(request) ??
        (one === undefined
          ? answers[path]?.()
          : { ...one, ...(search === "" && { members: server.members }) });
      if (answer instanceof Response) return answer;
      return answer === undefined
        ? Response.json({ code: "unavailable" }, { status: 503 })
        : Response.json(answer);
    },
    openWire: (_url, _protocols, opened) => {
      listener = opened;
      server.frames.length = 0;
      return {
        send: (text) => {
          const frame = JSON.parse(text) as Frame;
          server.frames.push(frame);
          const answer = server.handle(frame);
          if (answer !== undefined) server.tell({ type: "ok", ref: frame.ref, ...answer });
        },
        close: () => {},
      };
    },
    ready: (heads) =>
      server.tell({
        type: "session.ready",
        user: ME.id,
        session: "s",
        node: "node-1",
        epoch: server.epoch,
        heartbeat: 25,
        at: AT,
        limits: {},
        heads,
      }),
    tell: (frame) => listener?.text(JSON.stringify(frame)),
    cut: () => listener?.closed(1006),
    close: (code) => listener?.closed(code),
  };
  return server;
}

export function conversationOf(id: Id, change: Partial<Conversation> = {}): Conversation {
  return {
    id,
    kind: "group",
    title: id,
    avatar: null,
    seq: 0,
    rev: 0,
    readSeq: 0,
    unread: 0,
    mentions: 0,
    lastMessage: null,
    memberCount: 2,
    role: "member",
    mutedUntil: null,
    pinned: false,
    hidden: false,
    markedUnread: false,
    draft: "",
    announcement: "",
    historyVisible: false,
    createdAt: AT,
    ...change,
  };
}

export function memberOf(id: Id, change: Partial<Member> = {}): Member {
  return {
    user: { id, username: id, displayName: id, avatar: null, bio: "" },
    ...{ role: "member", joinedSeq: 0, readSeq: 0, deliveredSeq: 0, silencedUntil: null },
    ...change,
  };
}

export function headOf({ id, seq, rev, readSeq }: Conversation): Head {
  return { conversation: id, seq, rev, readSeq };
}
