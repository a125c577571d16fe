import type { Conversation, Id, Me, RelatedUser, SessionGrant } from "../lib/protocol/model.ts";
import { type Account, NO_CONTACTS, openAccount } from "./account.ts";
import { ApiError, createSend } from "./api.ts";
import { newClientId } from "./client_id.ts";
import { createConnection, type Ticket } from "./connection.ts";
import { createEvents } from "./events.ts";
import { createMemoryOutboxStorage, type OutboxStorage } from "./outbox_storage.ts";
import { realTimers, type Timers } from "./timers.ts";
import { createTokenKeeper } from "./tokens.ts";
import { openWebSocket, type OpenWire } from "./transport.ts";
import type {
  ClientEvents,
  ConnectionState,
  ContactsView,
  ConversationView,
  SessionState,
  ThreadView,
} from "./views.ts";

export interface Client {
  /** Calls `listener` on every event of that name; the answer ends the subscription. */
  on<K extends keyof ClientEvents>(
    event: K,
    listener: (detail: ClientEvents[K]) => void,
  ): () => void;

  session: {
    state(): SessionState;
    /**
     * Asks whether this device still has a session, and connects if it has.
     * @throws ApiError when the server cannot be reached: then nothing is known
     */
    resume(): Promise<SessionState>;
    /** Seconds until another code may be asked for, and until this one expires. */
    requestCode(email: string): Promise<{ resendAfter: number; expiresIn: number }>;
    register(account: {
      email: string;
      code: string;
      username: string;
      password: string;
      displayName?: string;
    }): Promise<void>;
    signIn(login: string, password: string): Promise<void>;
    /** @throws ApiError when the server cannot be told: then one is still signed in */
    signOut(): Promise<void>;
  };

  connection: {
    state(): ConnectionState;
    /** Tries at once instead of at the end of the back-off. */
    retryNow(): void;
  };

  conversations: {
    /** Latest activity first. */
    list(): readonly ConversationView[];
    get(id: Id): ConversationView | undefined;
    /** Finds or makes the direct conversation with a contact. */
    openDirect(user: Id): Promise<Conversation>;
  };

  thread: {
    view(conversation: Id): ThreadView;
    /** Loads the newest messages and the members. */
    open(conversation: Id): Promise<void>;
    loadOlder(conversation: Id): Promise<void>;
    /** Queues a message; it is sent once, whatever happens to the connection or the page. */
    send(conversation: Id, text: string): Promise<Id>;
    retry(clientId: Id): Promise<void>;
    discard(clientId: Id): Promise<void>;
    /** Tells the server and this person's other devices that everything up to `seq` was read. */
    markRead(conversation: Id, seq: number): void;
  };

  contacts: {
    view(): ContactsView;
    search(query: string): Promise<RelatedUser[]>;
    request(user: Id, greeting?: string): Promise<void>;
    accept(request: Id): Promise<Conversation>;
    decline(request: Id): Promise<void>;
  };

  /** Closes the connection and stops every timer; stored messages stay. */
  close(): void;
}

export type ClientOptions = {
  /** Of the server, such as `https://chat.example.org`. */
  origin: string;
  /** Where the refresh token lives: in a cookie of the browser, or in this program. */
  credentials: "cookie" | "body";
  /** What this session is called in the person's list of devices. */
  device?: string;
  outboxStorage?: OutboxStorage;
  openWire?: OpenWire;
  fetch?: typeof globalThis.fetch;
  timers?: Timers;
};

const NO_THREAD: ThreadView = { messages: [], pending: [], hasOlder: false, loaded: false };

export function createClient(options: ClientOptions): Client {
  const { origin, credentials, device, timers = realTimers } = options;
  const storage = options.outboxStorage ?? createMemoryOutboxStorage();
  const send = createSend(origin, options.fetch ?? globalThis.fetch.bind(globalThis), timers);
  const events = createEvents<ClientEvents>();
  let session: SessionState = { name: "unknown" };
  let account: Account | undefined;

  const tokens = createTokenKeeper({
    send,
    credentials,
    timers,
    onEnded: () => leave("expired"),
  });

  const connection = createConnection({
    takeTicket: (exclude) => tokens.send<Ticket>("POST", "/tickets", { exclude }),
    openWire: options.openWire ?? openWebSocket,
    timers,
    listener: {
      changed: (state) => {
        events.emit("connection", state);
        if (state.name !== "ready") return;
        account?.outbox.flush();
        account?.receipts.flush();
      },
      ready: (frame) => {
        account?.conversations.ready(frame);
        account?.reload();
      },
      event: (frame) => {
        if (frame.type === "resync") account?.reload();
        else account?.event(frame);
      },
      distrust: tokens.distrust,
      ended: () => leave("revoked"),
    },
  });

  const become = (state: SessionState) => {
    session = state;
    events.emit("session", state);
  };

  const need = (): Account => {
    if (account === undefined) {
      throw new ApiError({ code: "unauthenticated", status: 0, message: "nobody is signed in" });
    }
    return account;
  };

  const enter = async (me: Me) => {
    shut();
    account = await openAccount(me, { tokens, connection, storage, timers, events });
    become({ name: "signed-in", me });
    connection.start();
  };

  const shut = () => {
    connection.stop();
    account?.close();
    account = undefined;
  };

  const leave = (reason?: "revoked" | "expired") => {
    if (session.name === "signed-out") return;
    const wasIn = session.name === "signed-in";
    tokens.forget();
    shut();
    become({ name: "signed-out", ...(wasIn && reason !== undefined && { reason }) });
  };

  const begin = async (path: "/accounts" | "/sessions", body: object) => {
    const grant = await send<SessionGrant>("POST", path, {
      body: { ...body, transport: credentials, ...(device !== undefined && { device }) },
    });
    tokens.begin(grant);
    await enter(grant.user);
  };

  return {
    on: events.on,
    session: {
      state: () => session,
      resume: async () => {
        const grant = await tokens.resume();
        if (grant === undefined) leave();
        else await enter(grant.user);
        return session;
      },
      requestCode: (email) =>
        send("POST", "/verification-codes", { body: { email, purpose: "register" } }),
      register: (details) => begin("/accounts", details),
      signIn: (login, password) => begin("/sessions", { login, password }),
      signOut: async () => {
        // A session that could not be ended must not look ended: the next person at this device
        // would find it.
        await tokens.send("DELETE", "/sessions/current").catch((error) => {
          if (!(error instanceof ApiError) || error.code !== "unauthenticated") throw error;
        });
        leave();
      },
    },
    connection: { state: connection.state, retryNow: connection.retryNow },
    conversations: {
      list: () => account?.conversations.list() ?? [],
      get: (id) => account?.conversations.view(id),
      openDirect: async (user) => await need().openDirect(user),
    },
    thread: {
      view: (conversation) => {
        const log = account?.conversations.log(conversation);
        const pending = account?.outbox.pending(conversation) ?? [];
        if (log === undefined) return { ...NO_THREAD, pending };
        return {
          messages: log.loaded() ? log.messages() : [],
          pending,
          hasOlder: log.hasOlder(),
          loaded: log.loaded(),
        };
      },
      open: async (conversation) => await need().conversations.open(conversation),
      loadOlder: async (conversation) => {
        await need().conversations.log(conversation)?.loadOlder();
      },
      send: async (conversation, text) => {
        const clientId = newClientId();
        const at = new Date(timers.now()).toISOString();
        await need().outbox.add({ clientId, conversation, text, at, state: "sending" });
        return clientId;
      },
      retry: async (clientId) => await need().outbox.retry(clientId),
      discard: async (clientId) => await need().outbox.discard(clientId),
      markRead: (conversation, seq) => {
        const { conversations, receipts } = need();
        conversations.readTo(conversation, seq);
        receipts.move("read", conversation, seq);
      },
    },
    contacts: {
      view: () => account?.contacts() ?? NO_CONTACTS,
      search: async (query) => {
        const path = `/users?query=${encodeURIComponent(query)}`;
        return (await tokens.send<{ users: RelatedUser[] }>("GET", path)).users;
      },
      request: async (user, greeting) => await need().request(user, greeting),
      accept: async (request) => await need().accept(request),
      decline: async (request) => await need().decline(request),
    },
    close: shut,
  };
}
