import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Client } from "../../client/client.ts";
import type { SendOptions, ThreadView } from "../../client/views.ts";
import type { Id, Message } from "../../lib/protocol/model.ts";
import type { Reached } from "../thread_rows.ts";

/** What the composer is for, if not for something new. */
export type Purpose = { name: "reply" | "edit"; message: Message };

/** Pages of older messages that are loaded to reach one that somebody asks for. */
const REVEAL_PAGES = 20;

/** Instead of a reason: the message is further up than those, or is not shown to this person. */
export const NOT_REACHED = Symbol("not reached");

/** What the store needs of the client. */
type Source = Pick<Client, "on"> & {
  thread: Pick<Client["thread"], "view" | "open" | "close" | "loadOlder" | "send">;
  conversations: Pick<Client["conversations"], "get">;
};

export type Thread = {
  conversation: Id;
  view: ReadonlySignal<ThreadView>;
  /** How far the others have come: receipts change this and nothing in the list of chats. */
  reached: ReadonlySignal<Reached>;
  /** Why the newest messages could not be loaded. */
  problem: ReadonlySignal<unknown>;
  older: ReadonlySignal<"idle" | "loading" | "failed">;
  /** How many messages were sent from here: whoever sends wants to see the newest. */
  sends: ReadonlySignal<number>;
  purpose: Signal<Purpose | undefined>;
  /** What was sent and is being written again; whoever takes it puts this back. */
  returned: Signal<{ text: string; options: SendOptions } | undefined>;
  /** What of the latest files that somebody brought cannot be sent. */
  leftOut: Signal<{ files: number; folders: boolean } | undefined>;
  /** Why the latest thing that was done to a message did not work, or that it was not reached. */
  refused: Signal<unknown>;
  /** Which message is to be brought into view; a new object each time. */
  target: ReadonlySignal<{ seq: number } | undefined>;
  open(): Promise<void>;
  close(): void;
  loadOlder(): Promise<void>;
  /** Brings a message into view, and loads older ones until it is there. */
  reveal(seq: number): Promise<void>;
  send(text: string, options?: SendOptions): Promise<void>;
  /** Something was sent that waits for its files. */
  sent(): void;
  /** Something done to a message: if it fails, the reason is shown. */
  act(done: Promise<void>): void;
};

export type ThreadStore = { of(conversation: Id): Thread };

export function createThreadStore(client: Source): ThreadStore {
  const threads = new Map<Id, Thread & { refresh(): void }>();
  client.on("thread", ({ conversation }) => threads.get(conversation)?.refresh());
  client.on("session", (state) => {
    if (state.name !== "signed-in") threads.clear();
  });
  return {
    of(conversation) {
      let thread = threads.get(conversation);
      if (thread === undefined) {
        threads.set(conversation, thread = createThread(client, conversation));
      }
      return thread;
    },
  };
}

function createThread(client: Source, conversation: Id): Thread & { refresh(): void } {
  const view = signal(client.thread.view(conversation));
  const reached = signal(reachedIn(client, conversation));
  const problem = signal<unknown>(undefined);
  const older = signal<"idle" | "loading" | "failed">("idle");
  const sends = signal(0);
  const purpose = signal<Purpose | undefined>(undefined);
  const returned: Thread["returned"] = signal(undefined);
  const leftOut = signal<{ files: number; folders: boolean } | undefined>(undefined);
  const refused = signal<unknown>(undefined);
  const target = signal<{ seq: number } | undefined>(undefined);
  const refresh = () => {
    view.value = client.thread.view(conversation);
    reached.value = reachedIn(client, conversation);
  };
  const loadPage = async () => {
    older.value = "loading";
    try {
      await client.thread.loadOlder(conversation);
      refresh();
      // A task later than the rendering: the log is silent while older messages are put in.
      setTimeout(() => {
        if (page === undefined && older.peek() === "loading") older.value = "idle";
      });
    } catch (error) {
      older.value = "failed";
      throw error;
    }
  };
  let page: Promise<void> | undefined;
  /** Whoever asks while a page is under way waits for that one. */
  const nextPage = () => page ??= loadPage().finally(() => page = undefined);
  return {
    conversation,
    view,
    reached,
    problem,
    older,
    sends,
    purpose,
    returned,
    leftOut,
    refused,
    target,
    refresh,
    async open() {
      problem.value = undefined;
      try {
        await client.thread.open(conversation);
      } catch (error) {
        problem.value = error;
      }
      // Even without its messages, the thread has those that wait to be sent.
      refresh();
    },
    close() {
      client.thread.close(conversation);
      purpose.value = undefined;
      refused.value = undefined;
      leftOut.value = undefined;
    },
    // The log itself says that it failed, and offers to try again.
    loadOlder: () => nextPage().catch(() => {}),
    async reveal(seq) {
      refused.value = undefined;
      try {
        for (let pages = 0; pages < REVEAL_PAGES; pages++) {
          const { messages: [first], hasOlder } = view.peek();
          if (first === undefined || first.seq <= seq || !hasOlder) break;
          await nextPage();
        }
      } catch (error) {
        refused.value = error;
        return;
      }
      if (view.peek().messages.some((message) => message.seq === seq)) target.value = { seq };
      else refused.value = NOT_REACHED;
    },
    async send(text, options) {
      sends.value++;
      await client.thread.send(conversation, text, options);
    },
    sent: () => void sends.value++,
    act(done) {
      refused.value = undefined;
      done.catch((error) => refused.value = error);
    },
  };
}

function reachedIn(client: Source, conversation: Id): Reached {
  const { othersDelivered = 0, othersRead = 0 } = client.conversations.get(conversation) ?? {};
  return { othersDelivered, othersRead };
}
