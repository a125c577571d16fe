/** What a client shows to the program around it: plain data, replaced rather than changed. */
import type {
  Attachment,
  ContactLists,
  Conversation,
  Id,
  Me,
  Member,
  Message,
  Time,
} from "../lib/protocol/model.ts";

/** Who is signed in, as far as this device knows. */
export type SessionState =
  /** The stored session, if there is one, has not been asked yet. */
  | { name: "unknown" }
  | SignedOut
  | { name: "signed-in"; me: Me };

export type SignedOut = {
  name: "signed-out";
  /** Set when the server ended a session that was in use, or says why it ended. */
  reason?: "revoked" | "expired";
  /** Of a revoked one: what the server said, such as `signed-out`. */
  because?: string;
  /** This person had the account deleted, which is done at that time. Signing in calls it off. */
  deletesAt?: Time;
};

export type ConnectionState =
  | { name: "idle" }
  | { name: "connecting"; attempt: number }
  | { name: "ready" }
  /** `retryAt` is in milliseconds of the client's clock. */
  | { name: "waiting"; retryAt: number; attempt: number }
  /** The server told this client not to come back by itself. */
  | { name: "stopped"; code: number };

/** Why a message of one's own could not be sent. `code` is a stable error code of the contract. */
export type SendFailure = { code: string; message: string };

/** What a message may say besides its text. */
export type SendOptions = {
  /** The position that it answers. */
  replyTo?: number;
  mentions?: readonly Id[];
  /** For admins and the owner. */
  mentionsAll?: boolean;
  /**
   * Of a message that was written before, and waited for something: however often it is handed
   * over, it is sent once. The draft is something else by then, and stays.
   */
  clientId?: Id;
  /** Files that the server has. The text may be empty then. */
  attachments?: readonly Attachment[];
};

/** A message of one's own that the server has not acknowledged. */
export type PendingMessage = {
  clientId: Id;
  conversation: Id;
  text: string;
  replyTo?: number;
  mentions?: Id[];
  mentionsAll?: true;
  attachments?: Attachment[];
  /** When the person sent it. */
  at: Time;
  state: "sending" | "failed";
  failure?: SendFailure;
};

export type ConversationView = {
  info: Conversation;
  /** Empty until the conversation was opened. */
  members: Member[];
  /** Computed by the client from the log it holds. */
  unread: number;
  /** Those of the unread ones that mention this person, or everybody. */
  mentions: number;
  /** Others who are typing. */
  typers: readonly Id[];
  /** What was typed and not sent: here, or last on another device. */
  draft: string;
  lastMessage: Message | null;
  /** Lowest positions that all the others have reached; for the state of one's own bubbles. */
  othersDelivered: number;
  othersRead: number;
};

export type ThreadView = {
  /** Ascending and without a hole, from some `seq` to the newest. */
  messages: readonly Message[];
  /** In the order in which they were written; shown after the messages. */
  pending: readonly PendingMessage[];
  /** Whether older messages exist on the server. */
  hasOlder: boolean;
  /** Whether the newest window has been loaded. */
  loaded: boolean;
  /** Others who are typing. */
  typers: readonly Id[];
};

/** The contacts' presence is kept live; without a connection it is `unknown`. */
export type ContactsView = ContactLists & { loaded: boolean };

/** Events say what changed; the program then asks for the new view. */
export type ClientEvents = {
  session: SessionState;
  connection: ConnectionState;
  /** The list, its order, or one of its rows. */
  conversations: undefined;
  thread: { conversation: Id };
  contacts: undefined;
};
