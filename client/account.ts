/** What exists only while someone is signed in: their conversations, outbox, receipts and contacts. */
import type {
  Contact,
  ContactLists,
  ContactRequest,
  Conversation,
  ConversationDetails,
  Id,
  Me,
  Message,
} from "../lib/protocol/model.ts";
import { type Connection, mayRetry, type ServerEvent } from "./connection.ts";
import { type Conversations, createConversations } from "./conversations.ts";
import type { Events } from "./events.ts";
import { createLimiter } from "./limiter.ts";
import { openOutbox, type Outbox } from "./outbox.ts";
import type { OutboxStorage } from "./outbox_storage.ts";
import { createReceiptSender, type ReceiptSender } from "./receipts.ts";
import { backoff, type Timers } from "./timers.ts";
import type { TokenKeeper } from "./tokens.ts";
import type { ClientEvents, ContactsView } from "./views.ts";

export interface Account {
  readonly conversations: Conversations;
  readonly outbox: Outbox;
  readonly receipts: ReceiptSender;
  contacts(): ContactsView;
  request(user: Id, greeting: string | undefined): Promise<void>;
  accept(request: Id): Promise<Conversation>;
  decline(request: Id): Promise<void>;
  openDirect(user: Id): Promise<Conversation>;
  /** Loads everything outside the logs: what a lost event may have changed. */
  reload(): void;
  event(frame: ServerEvent): void;
  close(): void;
}

/** Catching up and receipts leave room for what the person does right now. */
const REQUESTS_AT_ONCE = 4;

/** A contact that was just made, and the conversation with them. */
type NewContact = { contact: Contact; conversation: Conversation };

export const NO_CONTACTS: ContactsView = {
  contacts: [],
  incoming: [],
  outgoing: [],
  blocked: [],
  loaded: false,
};

export async function openAccount(me: Me, parts: {
  tokens: TokenKeeper;
  connection: Connection;
  storage: OutboxStorage;
  timers: Timers;
  events: Events<ClientEvents>;
}): Promise<Account> {
  const { tokens, connection, storage, timers, events } = parts;
  let contacts = NO_CONTACTS;
  let open = true;
  const atClose: (() => void)[] = [];

  const limiter = createLimiter(REQUESTS_AT_ONCE, timers);
  const conversations = createConversations(me, {
    list: async () => {
      const path = "/conversations";
      return (await tokens.send<{ conversations: Conversation[] }>("GET", path)).conversations;
    },
    details: (id) => tokens.send<ConversationDetails>("GET", `/conversations/${id}`),
    log: (conversation) => ({
      sync: (since) =>
        limiter.run(() =>
          connection.request("conversation.sync", { conversation, since, limit: 300 })
        ),
      history: (before) => {
        const page = { conversation, ...(before !== undefined && { before }) };
        return limiter.now(() => connection.request("conversation.history", page));
      },
    }),
    messages: (conversation, messages) => onMessages(conversation, messages),
    changed: () => events.emit("conversations", undefined),
    threadChanged: (conversation) => events.emit("thread", { conversation }),
    reached: (conversation, rev) => outbox.reached(conversation, rev),
    historyChanged: (conversation) => receipts.forget(conversation),
  }, timers);

  const outbox = await openOutbox({
    account: me.id,
    storage,
    timers,
    transmit: ({ conversation, clientId, text }) =>
      connection.request("message.send", { conversation, clientId, kind: "text", text }),
    stored: ({ conversation, clientId, text }, { id, seq, rev, at, duplicate }) => {
      const sent = { conversation, clientId, text, id, seq, rev, at };
      // Also for a conversation that is not known yet: nobody else tells this socket.
      conversations.event(
        duplicate
          // A duplicate's event went out long ago: where it stands now is for a sync to say.
          ? { type: "head", conversation, seq, rev, readSeq: 0 }
          : { type: "message", message: { ...sent, sender: me.id, kind: "text" } },
      );
      // A conversation that is not known shows it when it comes; one that had it has shown it.
      outbox.reached(conversation, conversations.log(conversation)?.cursor() ?? rev);
    },
    changed: (conversation) => events.emit("thread", { conversation }),
  });

  const receipts = createReceiptSender(
    (kind, conversation, seq) =>
      limiter.run(() => connection.request(`receipt.${kind}`, { conversation, seq })),
    timers,
  );

  const onMessages = (conversation: Id, messages: readonly Message[]) => {
    let furthest = 0;
    for (const { sender, clientId, seq } of messages) {
      if (sender === me.id) outbox.confirm(clientId);
      else furthest = Math.max(furthest, seq);
    }
    if (furthest > 0) receipts.move("delivered", conversation, furthest);
  };

  const loadContacts = async () => {
    const lists = await tokens.send<ContactLists>("GET", "/contacts");
    if (!open) return;
    contacts = { ...lists, loaded: true };
    events.emit("contacts", undefined);
  };

  /** Loads now, and again after a while for as long as it fails. */
  const persistently = (load: () => Promise<void>): () => void => {
    let failures = 0;
    let stop = () => {};
    const run = () => {
      stop();
      if (!open) return;
      load().then(() => failures = 0, (error) => {
        stop();
        if (open && mayRetry(error)) stop = timers.after(backoff(++failures, timers), run);
      });
    };
    atClose.push(() => stop());
    return run;
  };
  const reloadConversations = persistently(conversations.load);
  const reloadContacts = persistently(loadContacts);

  return {
    conversations,
    outbox,
    receipts,
    contacts: () => contacts,
    request: async (user, greeting) => {
      const body = { user, ...(greeting !== undefined && { greeting }) };
      const path = "/contact-requests";
      const answer = await tokens.send<ContactRequest | NewContact>("POST", path, body);
      if ("conversation" in answer) conversations.add(answer.conversation);
      await loadContacts();
    },
    accept: async (request) => {
      const path = `/contact-requests/${request}/accept`;
      const { conversation } = await tokens.send<NewContact>("POST", path, {});
      conversations.add(conversation);
      await loadContacts();
      return conversation;
    },
    decline: async (request) => {
      await tokens.send("POST", `/contact-requests/${request}/decline`);
      await loadContacts();
    },
    openDirect: async (user) => {
      const body = { kind: "direct", user };
      const conversation = await tokens.send<Conversation>("POST", "/conversations", body);
      conversations.add(conversation);
      return conversation;
    },
    reload: () => {
      reloadConversations();
      reloadContacts();
    },
    event: (frame) => {
      conversations.event(frame);
      if (frame.type === "contact") reloadContacts();
    },
    close: () => {
      open = false;
      for (const stop of atClose) stop();
      limiter.close();
      conversations.close();
      outbox.close();
      receipts.close();
    },
  };
}
