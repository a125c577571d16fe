import type { Conversation, Id, RelatedUser } from "../lib/protocol/model.ts";
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
    /** Asks whether this device still has a session, and connects if it has. */
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
