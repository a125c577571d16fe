import { type ReadonlySignal, signal } from "@preact/signals";
import type { Client } from "../../client/client.ts";
import type { ThreadView } from "../../client/views.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { Reached } from "../thread_rows.ts";

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
  open(): Promise<void>;
  loadOlder(): Promise<void>;
  send(text: string): Promise<void>;
};

export type ThreadStore = { of(conversation: Id): Thread };

export function createThreadStore(client: Client): ThreadStore {
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

function createThread(client: Client, conversation: Id): Thread & { refresh(): void } {
  const view = signal(client.thread.view(conversation));
  const reached = signal(reachedIn(client, conversation));
  const problem = signal<unknown>(undefined);
  const older = signal<"idle" | "loading" | "failed">("idle");
  const sends = signal(0);
  const refresh = () => {
    view.value = client.thread.view(conversation);
    reached.value = reachedIn(client, conversation);
  };
  return {
    conversation,
    view,
    reached,
    problem,
    older,
    sends,
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
    async loadOlder() {
      if (older.value === "loading") return;
      older.value = "loading";
      try {
        await client.thread.loadOlder(conversation);
        refresh();
        // A task later than the rendering: the log is silent while older messages are put in.
        setTimeout(() => older.value = "idle");
      } catch {
        older.value = "failed";
      }
    },
    async send(text) {
      sends.value++;
      await client.thread.send(conversation, text);
    },
  };
}

function reachedIn(client: Client, conversation: Id): Reached {
  const { othersDelivered = 0, othersRead = 0 } = client.conversations.get(conversation) ?? {};
  return { othersDelivered, othersRead };
}
