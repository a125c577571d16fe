import type { Conversation, Id, Me, Message, SessionGrant, Time } from "../lib/protocol/model.ts";
import type { CodePurpose } from "../lib/protocol/requests.ts";
import { type Account, openAccount } from "./account.ts";
import { ApiError, createFetchBytes, createSend } from "./api.ts";
import { newClientId } from "./client_id.ts";
import { createConnection, type Ticket } from "./connection.ts";
import { type Contacts, NO_CONTACTS } from "./contacts.ts";
import { createEvents } from "./events.ts";
import { createFiles, type Files } from "./files.ts";
import { createGroups, type Groups } from "./groups.ts";
import { createInvites, type Invites } from "./invites.ts";
import { createLastingRequest } from "./lasting_request.ts";
import { createLinkPreviews, type LinkPreviews } from "./link_previews.ts";
import { createMessageChanges, type MessageChanges } from "./message_changes.ts";
import { createMemoryOutboxStorage, type OutboxStorage } from "./outbox_storage.ts";
import type { OwnPresence } from "./presence.ts";
import { createSendProving, type SolveChallenge } from "./proving.ts";
import { createSecurity, type Security } from "./security.ts";
import { realTimers, type Timers } from "./timers.ts";
import { type Ask, createTokenKeeper } from "./tokens.ts";
import { openWebSocket, type OpenWire } from "./transport.ts";
import type {
  ClientEvents,
  ConnectionState,
  ConversationView,
  SendOptions,
  SessionState,
  SignedOut,
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
    /**
     * Seconds until another code may be asked for, and until this one expires.
     * @param purpose to register, if it is not said
     */
    requestCode(
      email: string,
      purpose?: CodePurpose,
    ): Promise<{ resendAfter: number; expiresIn: number }>;
    register(account: {
      email: string;
      code: string;
      username: string;
      password: string;
      displayName?: string;
    }): Promise<void>;
    signIn(login: string, password: string): Promise<void>;
    /** For who has forgotten the password. All sessions of the account end. */
    resetPassword(reset: { email: string; code: string; password: string }): Promise<void>;
    /** @throws ApiError when the server cannot be told: then one is still signed in */
    signOut(): Promise<void>;
  };

  connection: {
    state(): ConnectionState;
    /** Tries at once instead of at the end of the back-off. */
    retryNow(): void;
  };

  me: {
    /** The session's state has the new profile afterwards. */
    change(profile: { displayName?: string; bio?: string; avatar?: Id | null }): Promise<void>;
  };

  security: Security;

  conversations: {
    /**
     * Pinned ones first, then by latest activity. A hidden one is left out until something is said
     * in it.
     */
    list(): readonly ConversationView[];
    /** What the list leaves out. */
    hidden(): readonly ConversationView[];
    /** Also of hidden ones. */
    get(id: Id): ConversationView | undefined;
    /** Finds or makes the direct conversation with a contact. */
    openDirect(user: Id): Promise<Conversation>;
    /** No notifications until then; null lets them come again. */
    setMuted(id: Id, until: Time | null): Promise<void>;
    setPinned(id: Id, on: boolean): Promise<void>;
    setHidden(id: Id, on: boolean): Promise<void>;
    /** To be called with every key: it is stored a second after the last one. */
    setDraft(id: Id, text: string): void;
    /** Tries to store now what is not stored yet: for when somebody looks elsewhere. */
    flushDrafts(): Promise<void>;
  };

  thread: MessageChanges & {
    view(conversation: Id): ThreadView;
    /**
     * Loads the newest messages and the members, and keeps them up to date from then on. What is
     * not open has a row in the list and loads nothing.
     */
    open(conversation: Id): Promise<void>;
    /** Nobody looks at it any more. */
    close(conversation: Id): void;
    loadOlder(conversation: Id): Promise<void>;
    /** Queues a message; it is sent once, whatever happens to the connection or the page. */
    send(conversation: Id, text: string, options?: SendOptions): Promise<Id>;
    /** Queues the same text and files for other conversations. */
    forward(message: Message, conversations: readonly Id[]): Promise<Id[]>;
    retry(clientId: Id): Promise<void>;
    discard(clientId: Id): Promise<void>;
    /**
     * Tells the server and this person's other devices that everything up to `seq` was read, and
     * that it is marked as unread no longer.
     */
    markRead(conversation: Id, seq: number): void;
    /** A flag of its own: what was read stays read. */
    markUnread(conversation: Id, on: boolean): Promise<void>;
    /** This person types, or has stopped. To be called with every key: little of it is sent. */
    typing(conversation: Id, on: boolean): void;
  };

  groups: Groups;

  invites: Invites;

  files: Files;

  previews: LinkPreviews;

  contacts: Omit<Contacts, "load">;

  presence: {
    /** What contacts are told of this person. */
    own(): OwnPresence;
    set(state: OwnPresence): void;
  };

  /** For what ends at a time that the server set: a device's own clock may be far off. */
  clock: {
    /** Milliseconds, by the server's clock as far as it is known. */
    now(): number;
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
  /** What this person reads: mails are written in it. */
  language?: () => string;
  /** Without it, whoever asked for too much has to wait. */
  solveChallenge?: SolveChallenge;
  outboxStorage?: OutboxStorage;
  openWire?: OpenWire;
  fetch?: typeof globalThis.fetch;
  timers?: Timers;
};

const NO_THREAD: ThreadView = {
  messages: [],
  pending: [],
  hasOlder: false,
  loaded: false,
  typers: [],
};

export function createClient(options: ClientOptions): Client {
  const { origin, credentials, device, language, timers = realTimers } = options;
  const storage = options.outboxStorage ?? createMemoryOutboxStorage();
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  const send = createSend(origin, fetch, timers, language);
  const sendProving = createSendProving(send, options.solveChallenge);
  const events = createEvents<ClientEvents>();
  let session: SessionState = { name: "unknown" };
  let account: Account | undefined;
  /** Milliseconds by which the server's clock was ahead when the latest connection began. */
  let ahead = 0;
  /** What the server said last about why it ends this session. */
  let because: string | undefined;

  const tokens = createTokenKeeper({
    send,
    credentials,
    timers,
    // A request may be refused before the connection has brought the news, and after.
    onEnded: (why = because) =>
      leave(why === undefined ? { reason: "expired" } : { reason: "revoked", because: why }),
  });

  const connection = createConnection({
    takeTicket: (exclude) => tokens.send<Ticket>("POST", "/tickets", { exclude }),
    openWire: options.openWire ?? openWebSocket,
    timers,
    listener: {
      changed: (state) => {
        events.emit("connection", state);
        if (state.name === "ready") account?.connected();
        else account?.disconnected();
      },
      ready: (frame) => {
        ahead = Date.parse(frame.at) - timers.now();
        account?.conversations.ready(frame);
        account?.reload();
      },
      event: (frame) => {
        if (frame.type === "session.ended") because = frame.reason;
        else account?.event(frame);
      },
      distrust: tokens.distrust,
      ended: () => leave({ reason: "revoked", ...(because !== undefined && { because }) }),
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

  const ask: Ask = async (method, path, body, options) => {
    const own = need();
    const answer = await tokens.send(method, path, body, options);
    // Somebody else's by now.
    if (own !== account) {
      throw new ApiError({ code: "unauthenticated", status: 0, message: "signed out meanwhile" });
    }
    return answer as never;
  };

  const fetchBytes = createFetchBytes(origin, fetch, timers);
  const fetchOwnBytes = (path: string) => tokens.authorized((token) => fetchBytes(path, token));
  const { forget: forgetFiles, ...files } = createFiles(ask, {
    origin,
    now: () => timers.now() + ahead,
    fetchBytes: fetchOwnBytes,
    accessToken: async () => {
      need();
      return await tokens.accessToken();
    },
    distrust: tokens.distrust,
  });

  const add = (info: Conversation) => account?.conversations.add(info);
  const groups = createGroups(ask, {
    me: () => need().me,
    add,
    left: (id) => account?.conversations.remove(id),
    membersChanged: (id) => account?.conversations.membersChanged(id),
  });
  const lasting = createLastingRequest(connection, timers);
  const changes = createMessageChanges((type, fields) => {
    need();
    return lasting(type, fields);
  }, ask);

  const queue = async (conversation: Id, text: string, options: SendOptions = {}) => {
    const { replyTo, mentions = [], mentionsAll = false, attachments = [] } = options;
    const clientId = options.clientId ?? newClientId();
    await need().outbox.add({
      ...{ clientId, conversation, text, state: "sending" },
      at: new Date(timers.now()).toISOString(),
      ...(replyTo !== undefined && { replyTo }),
      ...(mentions.length > 0 && { mentions: [...mentions] }),
      ...(mentionsAll && { mentionsAll }),
      ...(attachments.length > 0 && { attachments: [...attachments] }),
    });
    return clientId;
  };

  const enter = async (me: Me) => {
    shut();
    because = undefined;
    account = await openAccount(me, { tokens, connection, storage, timers, events });
    become({ name: "signed-in", me });
    connection.start();
  };

  const shut = () => {
    connection.stop();
    account?.close();
    account = undefined;
    forgetFiles();
  };

  const leave = (why: Pick<SignedOut, "reason" | "because"> = {}) => {
    if (session.name === "signed-out") return;
    const wasIn = session.name === "signed-in";
    tokens.forget();
    shut();
    // Whoever only looks whether there still is a session is told if somebody ended it.
    become({ name: "signed-out", ...((wasIn || why.because !== undefined) && why) });
  };

  const begin = async (grant: SessionGrant) => {
    tokens.begin(grant);
    await enter(grant.user);
  };
  const here = { transport: credentials, ...(device !== undefined && { device }) };

  const deleteAccount = async (password: string): Promise<Time> => {
    const own = need();
    const path = "/me/deletion";
    const { deletesAt } = await tokens.send<{ deletesAt: Time }>("POST", path, { password });
    // The connection may have brought the news first, that this session is over.
    if (own === account) leave();
    if (session.name === "signed-out") become({ name: "signed-out", deletesAt });
    return deletesAt;
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
      requestCode: (email, purpose = "register") =>
        sendProving("/verification-codes", { email, purpose }),
      register: async (details) =>
        await begin(await send("POST", "/accounts", { body: { ...details, ...here } })),
      signIn: async (login, password) =>
        await begin(await sendProving("/sessions", { login, password, ...here })),
      resetPassword: (reset) => send("POST", "/password-resets", { body: reset }),
      signOut: async () => {
        await account?.drafts.flush();
        // A session that could not be ended must not look ended: the next person at this device
        // would find it.
        await tokens.send("DELETE", "/sessions/current").catch((error) => {
          if (!(error instanceof ApiError) || error.code !== "unauthenticated") throw error;
        });
        leave();
      },
    },
    connection: { state: connection.state, retryNow: connection.retryNow },
    me: {
      change: async (profile) =>
        become({ name: "signed-in", me: await ask("PATCH", "/me", profile) }),
    },
    security: createSecurity(ask, {
      changed: (me) => become({ name: "signed-in", me }),
      deleted: deleteAccount,
    }),
    conversations: {
      list: () => account?.conversations.list() ?? [],
      hidden: () => account?.conversations.hidden() ?? [],
      get: (id) => account?.conversations.view(id),
      openDirect: async (user) => await need().openDirect(user),
      setMuted: async (id, until) => await need().settings.setMuted(id, until),
      setPinned: async (id, on) => await need().settings.setPinned(id, on),
      setHidden: async (id, on) => await need().settings.setHidden(id, on),
      setDraft: (id, text) => need().drafts.set(id, text),
      flushDrafts: async () => await account?.drafts.flush(),
    },
    thread: {
      ...changes,
      view: (conversation) => {
        const log = account?.conversations.log(conversation);
        const pending = account?.outbox.pending(conversation) ?? [];
        if (account === undefined || log === undefined) return { ...NO_THREAD, pending };
        return {
          messages: log.loaded() ? log.messages() : [],
          pending,
          hasOlder: log.hasOlder(),
          loaded: log.loaded(),
          typers: account.typing.typers(conversation),
        };
      },
      open: async (conversation) => await need().conversations.open(conversation),
      close: (conversation) => account?.conversations.leave(conversation),
      loadOlder: async (conversation) => {
        await need().conversations.log(conversation)?.loadOlder();
      },
      send: async (conversation, text, options) => {
        const draft = () => account?.conversations.view(conversation)?.draft;
        const before = draft();
        const sent = await queue(conversation, text, options);
        // What was typed while the outbox stored this is the beginning of something else, and so is
        // all of it where this was written before.
        if (options?.clientId === undefined && draft() === before) {
          account?.drafts.set(conversation, "");
        }
        return sent;
      },
      forward: async (message, conversations) => {
        const { attachments = [] } = message;
        const sent: Id[] = [];
        for (const conversation of conversations) {
          sent.push(await queue(conversation, message.text, { attachments }));
        }
        return sent;
      },
      retry: async (clientId) => await need().outbox.retry(clientId),
      discard: async (clientId) => await need().outbox.discard(clientId),
      markRead: (conversation, seq) => {
        const { conversations, receipts, settings } = need();
        conversations.readTo(conversation, seq);
        receipts.move("read", conversation, seq);
        // A position that moves takes the mark off by itself. If this fails, it is there to be taken
        // off again.
        if (!conversations.info(conversation)?.markedUnread) return;
        settings.setMarkedUnread(conversation, false).catch(() => {});
      },
      markUnread: async (conversation, on) => {
        await need().settings.setMarkedUnread(conversation, on);
      },
      typing: (conversation, on) => account?.typing.tell(conversation, on),
    },
    groups,
    invites: createInvites(ask, { add }),
    files,
    previews: createLinkPreviews(ask, fetchOwnBytes),
    contacts: {
      view: () => account?.contacts.view() ?? NO_CONTACTS,
      search: async (query) => await need().contacts.search(query),
      find: async (user) => await need().contacts.find(user),
      request: async (user, greeting) => await need().contacts.request(user, greeting),
      accept: async (request, alias) => await need().contacts.accept(request, alias),
      decline: async (request) => await need().contacts.decline(request),
      withdraw: async (request) => await need().contacts.withdraw(request),
      changeAlias: async (user, alias) => await need().contacts.changeAlias(user, alias),
      remove: async (user) => await need().contacts.remove(user),
      block: async (user) => await need().contacts.block(user),
      unblock: async (user) => await need().contacts.unblock(user),
    },
    presence: {
      own: () => account?.presence.own() ?? "online",
      set: (state) => need().presence.set(state),
    },
    clock: { now: () => timers.now() + ahead },
    close: shut,
  };
}
