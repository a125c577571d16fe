/**
 * What exists only while someone is signed in: their conversations, outbox, receipts, contacts and
 * the like, and what each of these is to the others.
 */
import { LIMITS } from "../lib/protocol/codes.ts";
import type {
  Conversation,
  ConversationDetails,
  Id,
  Me,
  Message,
  MessageKind,
} from "../lib/protocol/model.ts";
import type { Connection, ServerEvent } from "./connection.ts";
import { type Contacts, createContacts } from "./contacts.ts";
import { type Conversations, createConversations } from "./conversations.ts";
import type { Events } from "./events.ts";
import { createDrafts, type Drafts } from "./drafts.ts";
import { createLimiter } from "./limiter.ts";
import { openOutbox, type Outbox } from "./outbox.ts";
import type { OutboxStorage } from "./outbox_storage.ts";
import { createOwnSettings, type OwnSettingsChanges } from "./own_settings.ts";
import { createPresenceWatch, type PresenceWatch } from "./presence.ts";
import { createReceiptSender, type ReceiptSender } from "./receipts.ts";
import { createRefetch } from "./refetch.ts";
import type { Timers } from "./timers.ts";
import type { TokenKeeper } from "./tokens.ts";
import { createTyping, type Typing } from "./typing.ts";
import type { ClientEvents, PendingMessage } from "./views.ts";

export interface Account {
  readonly me: Id;
  readonly conversations: Conversations;
  readonly outbox: Outbox;
  readonly receipts: ReceiptSender;
  readonly contacts: Contacts;
  readonly presence: PresenceWatch;
  readonly typing: Typing;
  readonly drafts: Drafts;
  readonly settings: OwnSettingsChanges;
  openDirect(user: Id): Promise<Conversation>;
  /** A connection has begun, or ended. */
  connected(): void;
  disconnected(): void;
  /** Loads everything outside the logs: what was missed without a connection may have changed it. */
  reload(): void;
  event(frame: ServerEvent): void;
  close(): void;
}

/** Catching up leaves room for what the person does right now. */
const REQUESTS_AT_ONCE = 4;
/** After a night every row of the list has something that was received: nobody waits to be told. */
const RECEIPTS_AT_ONCE = 1;

export async function openAccount(me: Me, parts: {
  tokens: TokenKeeper;
  connection: Connection;
  storage: OutboxStorage;
  timers: Timers;
  events: Events<ClientEvents>;
}): Promise<Account> {
  const { tokens, connection, storage, timers, events } = parts;
  let open = true;

  const limiter = createLimiter(REQUESTS_AT_ONCE, timers);
  const receiptLimiter = createLimiter(RECEIPTS_AT_ONCE, timers);
  const conversations = createConversations(me, {
    list: async () => {
      const path = "/conversations";
      return (await tokens.send<{ conversations: Conversation[] }>("GET", path)).conversations;
    },
    reload: () => lists.ask("conversations"),
    details: (id, when) => {
      const read = () => tokens.send<ConversationDetails>("GET", `/conversations/${id}`);
      return when === "now" ? limiter.now(read) : limiter.run(read);
    },
    row: (id) => {
      const path = `/conversations/${id}?members=false`;
      return limiter.run(() => tokens.send<Conversation>("GET", path));
    },
    log: (conversation, isOpened) => ({
      sync: (since) =>
        limiter.run(
          () => connection.request("conversation.sync", { conversation, since, limit: 300 }),
          isOpened() ? "first" : "last",
        ),
      history: (before) => {
        const page = { conversation, ...(before !== undefined && { before }) };
        return limiter.now(() => connection.request("conversation.history", page));
      },
    }),
    messages: (conversation, messages) => onMessages(conversation, messages),
    listed: (conversation, seq) => received(conversation, seq),
    changed: () => events.emit("conversations", undefined),
    threadChanged: (conversation) => events.emit("thread", { conversation }),
    reached: (conversation, rev) => outbox.reached(conversation, rev),
    historyChanged: (conversation) => receipts.forget(conversation),
    removed: (conversation) => drafts.forget(conversation),
    typers: (conversation) => typing.typers(conversation),
    draft: (conversation, stored) => drafts.get(conversation, stored),
  }, timers);

  const rowChanged = (conversation: Id) => {
    events.emit("conversations", undefined);
    events.emit("thread", { conversation });
  };

  const typing = createTyping({
    me: me.id,
    wanted: (conversation) => {
      return connection.state().name === "ready" && isToldApart(conversation);
    },
    // Nobody waits for it, and a late one would be wrong.
    send: (conversation, on) =>
      void connection.request("typing", { conversation, on }).catch(() => {}),
    changed: rowChanged,
    newest: conversations.newest,
    timers,
  });

  const settings = createOwnSettings(tokens.send, conversations.settling);

  const drafts = createDrafts({
    save: settings.storeDraft,
    stored: (conversation) => conversations.info(conversation)?.draft ?? "",
    changed: rowChanged,
    timers,
  });

  const presence = createPresenceWatch({
    watch: (users) => limiter.run(() => connection.request("presence.watch", { users })),
    set: (state) => limiter.run(() => connection.request("presence.set", { state })),
    changed: () => events.emit("contacts", undefined),
  });

  const contacts = createContacts({
    ask: tokens.send,
    presence,
    add: conversations.add,
    reload: (error) => lists.failed("contacts", error),
    changed: () => {
      if (open) events.emit("contacts", undefined);
    },
  });

  const outbox = await openOutbox({
    account: me.id,
    storage,
    timers,
    transmit: (send) => {
      const { attachments, ...said } = saidIn(send);
      const ids = attachments?.map(({ id }) => id);
      return connection.request("message.send", {
        kind: "text",
        ...said,
        ...(ids !== undefined && { attachments: ids }),
      });
    },
    stored: (send, { id, seq, rev, at, duplicate }) => {
      const { conversation } = send;
      const kind: MessageKind = send.text === "" ? "file" : "text";
      const sent = { ...saidIn(send), id, seq, rev, at, kind };
      // Also for a conversation that is not known yet: nobody else tells this socket.
      conversations.event(
        duplicate
          // A duplicate's event went out long ago: where it stands now is for a sync to say.
          ? { type: "head", conversation, seq, rev, readSeq: 0 }
          : { type: "message", message: { ...sent, sender: me.id } },
      );
      // A conversation that is not known shows it when it comes; one that had it has shown it.
      outbox.reached(conversation, conversations.log(conversation)?.cursor() ?? rev);
    },
    changed: (conversation) => events.emit("thread", { conversation }),
  });

  const receipts = createReceiptSender(async (kind, conversation, seq) => {
    await receiptLimiter.run(
      () => connection.request(`receipt.${kind}`, { conversation, seq }),
      // The other devices show it as unread until then.
      kind === "read" ? "first" : "last",
    );
    if (kind === "read" && open) conversations.confirm(conversation, seq);
  }, timers);

  const onMessages = (conversation: Id, messages: readonly Message[]) => {
    let furthest = 0;
    for (const { sender, clientId, seq } of messages) {
      typing.said(conversation, sender, seq);
      if (sender === me.id) outbox.confirm(clientId);
      else furthest = Math.max(furthest, seq);
    }
    if (furthest > 0) received(conversation, furthest);
  };

  /** In larger groups nobody is told what each of the others does. */
  const isToldApart = (conversation: Id) => {
    const { memberCount = Infinity } = conversations.info(conversation) ?? {};
    return memberCount <= LIMITS.receiptMembers;
  };

  const received = (conversation: Id, seq: number) => {
    if (isToldApart(conversation)) receipts.move("delivered", conversation, seq);
  };

  const lists = createRefetch(
    (list) => list === "contacts" ? contacts.load() : conversations.load(),
    timers,
  );

  return {
    me: me.id,
    conversations,
    outbox,
    receipts,
    contacts,
    presence,
    typing,
    drafts,
    settings,
    openDirect: async (user) => {
      const body = { kind: "direct", user };
      const conversation = await tokens.send<Conversation>("POST", "/conversations", body);
      conversations.add(conversation);
      return conversation;
    },
    connected: () => {
      outbox.flush();
      receipts.flush();
      presence.ready();
    },
    disconnected: () => {
      presence.lost();
      typing.lost();
    },
    reload: () => {
      lists.restart("conversations");
      lists.restart("contacts");
    },
    event: (frame) => {
      switch (frame.type) {
        case "typing":
          return typing.heard(frame.conversation, frame.user, frame.on);
        case "presence":
          return presence.heard(frame);
        case "contact":
          return lists.ask("contacts");
        case "resync":
          lists.ask("conversations");
          return lists.ask("contacts");
        default:
          return conversations.event(frame);
      }
    },
    close: () => {
      open = false;
      lists.close();
      limiter.close();
      receiptLimiter.close();
      conversations.close();
      outbox.close();
      receipts.close();
      typing.close();
      drafts.close();
    },
  };
}

type Said = Pick<
  Message,
  "conversation" | "clientId" | "text" | "replyTo" | "mentions" | "mentionsAll" | "attachments"
>;

/** What a message says, and where: without what is known of its way. */
function saidIn(
  { conversation, clientId, text, replyTo, mentions, mentionsAll, attachments }: PendingMessage,
): Said {
  return {
    conversation,
    clientId,
    text,
    ...(replyTo !== undefined && { replyTo }),
    ...(mentions !== undefined && { mentions }),
    ...(mentionsAll !== undefined && { mentionsAll }),
    ...(attachments !== undefined && { attachments }),
  };
}
