import { type ReadonlySignal, signal } from "@preact/signals";
import type { Client } from "../../client/client.ts";
import type { ThreadView } from "../../client/views.ts";
import type { Id } from "../../lib/protocol/model.ts";

export type Thread = {
  conversation: Id;
  view: ReadonlySignal<ThreadView>;
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
  const problem = signal<unknown>(undefined);
  const older = signal<"idle" | "loading" | "failed">("idle");
  const sends = signal(0);
  const refresh = () => {
    view.value = client.thread.view(conversation);
  };
  return {
    conversation,
    view,
    problem,
    older,
    sends,
    refresh,
    async open() {
      problem.value = undefined;
      try {
        await client.thread.open(conversation);
        refresh();
      } catch (error) {
        problem.value = error;
      }
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
