import type {
  Contact,
  ContactLists,
  ContactRequest,
  Conversation,
  ConversationDetails,
  Id,
  Me,
  Message,
  RelatedUser,
  SessionGrant,
} from "../lib/protocol/model.ts";
import { ApiError, createSend } from "./api.ts";
import { newClientId } from "./client_id.ts";
import { createConnection, type ServerEvent, type Ticket } from "./connection.ts";
import { type Conversations, createConversations } from "./conversations.ts";
import { createEvents } from "./events.ts";
import { openOutbox, type Outbox } from "./outbox.ts";
import { createMemoryOutboxStorage, type OutboxStorage } from "./outbox_storage.ts";
import { createReceiptSender, type ReceiptSender } from "./receipts.ts";
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

/** What exists only while someone is signed in. */
type Account = {
  me: Me;
  conversations: Conversations;
  outbox: Outbox;
  receipts: ReceiptSender;
  contacts: ContactsView;
};

const NO_CONTACTS: ContactsView = {
  contacts: [],
  incoming: [],
  outgoing: [],
  blocked: [],
  loaded: false,
};
const NO_THREAD: ThreadView = { messages: [], pending: [], hasOlder: false, loaded: false };

export function createClient(options: ClientOptions): Client {
  const { origin, credentials, device, timers = realTimers } = options;
  const storage = options.outboxStorage ?? createMemoryOutboxStorage();
  const send = createSend(origin, options.fetch ?? globalThis.fetch.bind(globalThis));
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
        reload();
      },
      event: (frame) => onEvent(frame),
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

  /** Everything outside the logs: what a lost event may have changed. */
  const reload = () => {
    account?.conversations.load().catch(() => {});
    loadContacts().catch(() => {});
  };

  const loadContacts = async () => {
    const own = account;
    if (own === undefined) return;
    const lists = await tokens.send<ContactLists>("GET", "/contacts");
    if (own !== account) return;
    own.contacts = { ...lists, loaded: true };
    events.emit("contacts", undefined);
  };

  const onEvent = (frame: ServerEvent) => {
    account?.conversations.event(frame);
    if (frame.type === "resync") reload();
    if (frame.type === "contact") loadContacts().catch(() => {});
  };

  const onMessages = (conversation: Id, messages: readonly Message[]) => {
    if (account === undefined) return;
    let furthest = 0;
    for (const { sender, clientId, seq } of messages) {
      if (sender === account.me.id) account.outbox.confirm(clientId);
      else furthest = Math.max(furthest, seq);
    }
    if (furthest > 0) account.receipts.move("delivered", conversation, furthest);
  };

  const createAccount = async (me: Me): Promise<Account> => {
    const conversations = createConversations(me, {
      list: async () => {
        const path = "/conversations";
        return (await tokens.send<{ conversations: Conversation[] }>("GET", path)).conversations;
      },
      details: (id) => tokens.send<ConversationDetails>("GET", `/conversations/${id}`),
      log: (conversation) => ({
        sync: (since) =>
          connection.request("conversation.sync", { conversation, since, limit: 300 }),
        history: (before) =>
          connection.request("conversation.history", {
            conversation,
            ...(before !== undefined && { before }),
          }),
      }),
      messages: onMessages,
      changed: () => events.emit("conversations", undefined),
      threadChanged: (conversation) => events.emit("thread", { conversation }),
    }, timers);
    const outbox = await openOutbox({
      account: me.id,
      storage,
      timers,
      transmit: ({ conversation, clientId, text }) =>
        connection.request("message.send", { conversation, clientId, kind: "text", text }),
      stored: ({ conversation, clientId, text }, { id, seq, rev, at, duplicate }) => {
        const log = conversations.log(conversation);
        // A duplicate's event went out long ago: where it stands now is for a sync to say.
        if (duplicate) return log?.head(seq, rev);
        log?.change(rev, {
          id,
          conversation,
          seq,
          rev,
          sender: me.id,
          clientId,
          kind: "text",
          text,
          at,
        });
      },
      changed: (conversation) => events.emit("thread", { conversation }),
    });
    const receipts = createReceiptSender(
      (kind, conversation, seq) => connection.request(`receipt.${kind}`, { conversation, seq }),
      timers,
    );
    return { me, conversations, outbox, receipts, contacts: NO_CONTACTS };
  };

  const enter = async (grant: SessionGrant) => {
    shut();
    account = await createAccount(grant.user);
    become({ name: "signed-in", me: grant.user });
    reload();
    connection.start();
  };

  const shut = () => {
    connection.stop();
    account?.conversations.close();
    account?.outbox.close();
    account?.receipts.close();
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
    await enter(grant);
  };

  const resume = async (): Promise<SessionState> => {
    const grant = await tokens.resume();
    if (grant === undefined) leave();
    else await enter(grant);
    return session;
  };

  const accept = async (request: Id): Promise<Conversation> => {
    const answer = await tokens.send<{ contact: Contact; conversation: Conversation }>(
      "POST",
      `/contact-requests/${request}/accept`,
      {},
    );
    account?.conversations.add(answer.conversation);
    await loadContacts();
    return answer.conversation;
  };

  return {
    on: events.on,
    session: {
      state: () => session,
      resume,
      requestCode: (email) =>
        send("POST", "/verification-codes", { body: { email, purpose: "register" } }),
      register: (details) => begin("/accounts", details),
      signIn: (login, password) => begin("/sessions", { login, password }),
      signOut: async () => {
        try {
          await tokens.send("DELETE", "/sessions/current");
        } finally {
          leave();
        }
      },
    },
    connection: { state: connection.state, retryNow: connection.retryNow },
    conversations: {
      list: () => account?.conversations.list() ?? [],
      get: (id) => account?.conversations.view(id),
      openDirect: async (user) => {
        const info = await tokens.send<Conversation>("POST", "/conversations", {
          kind: "direct",
          user,
        });
        account?.conversations.add(info);
        return info;
      },
    },
    thread: {
      view: (conversation) => {
        const log = account?.conversations.log(conversation);
        if (log === undefined || account === undefined) return NO_THREAD;
        return {
          messages: log.loaded() ? log.messages() : [],
          pending: account.outbox.pending(conversation),
          hasOlder: log.hasOlder(),
          loaded: log.loaded(),
        };
      },
      open: (conversation) => need().conversations.open(conversation),
      loadOlder: async (conversation) => {
        await need().conversations.log(conversation)?.loadOlder();
      },
      send: async (conversation, text) => {
        const clientId = newClientId();
        const at = new Date(timers.now()).toISOString();
        await need().outbox.add({ clientId, conversation, text, at, state: "sending" });
        return clientId;
      },
      retry: (clientId) => need().outbox.retry(clientId),
      discard: (clientId) => need().outbox.discard(clientId),
      markRead: (conversation, seq) => {
        const { conversations, receipts } = need();
        conversations.readTo(conversation, seq);
        receipts.move("read", conversation, seq);
      },
    },
    contacts: {
      view: () => account?.contacts ?? NO_CONTACTS,
      search: async (query) => {
        const path = `/users?query=${encodeURIComponent(query)}`;
        return (await tokens.send<{ users: RelatedUser[] }>("GET", path)).users;
      },
      request: async (user, greeting) => {
        type Answer = ContactRequest | { contact: Contact; conversation: Conversation };
        const body = { user, ...(greeting !== undefined && { greeting }) };
        const answer = await tokens.send<Answer>("POST", "/contact-requests", body);
        if ("conversation" in answer) account?.conversations.add(answer.conversation);
        await loadContacts();
      },
      accept,
      decline: async (request) => {
        await tokens.send("POST", `/contact-requests/${request}/decline`);
        await loadContacts();
      },
    },
    close: shut,
  };
}
