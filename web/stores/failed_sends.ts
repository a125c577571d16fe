import { type ReadonlySignal, signal } from "@preact/signals";
import type { Client } from "../../client/client.ts";
import type { Id } from "../../lib/protocol/model.ts";

/** Conversations in which a message of one's own was not sent, also those one is in no more. */
export type FailedSends = ReadonlySignal<ReadonlySet<Id>>;

export function createFailedSends(client: Client): FailedSends {
  const failed = signal<ReadonlySet<Id>>(new Set());
  client.on("thread", ({ conversation }) => {
    const { pending } = client.thread.view(conversation);
    const has = pending.some(({ state }) => state === "failed");
    const before = failed.peek();
    if (has === before.has(conversation)) return;
    const next = new Set(before);
    if (has) next.add(conversation);
    else next.delete(conversation);
    failed.value = next;
  });
  client.on("session", (state) => {
    if (state.name !== "signed-in") failed.value = new Set();
  });
  return failed;
}
