import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { usePage } from "../page_context.ts";
import type { Thread } from "../stores/thread.ts";

/** Milliseconds after a key for which nothing from elsewhere takes the place of what is typed. */
const OWN = 3_000;

/**
 * The text of the composer, which is the conversation's draft: what another device writes there
 * appears here, unless something is being edited.
 */
export function useDraft(thread: Thread): { text: Signal<string>; write(text: string): void } {
  const { client, conversations } = usePage();
  const { conversation, purpose } = thread;
  const text = useSignal(client.conversations.get(conversation)?.draft ?? "");

  const typedAt = useRef(-OWN);
  const wasEdited = useRef(false);

  useSignalEffect(() => {
    const view = conversations.find(conversation);
    const edits = purpose.value?.name === "edit";
    const leavesEdit = wasEdited.current && !edits;
    wasEdited.current = edits;
    if (view === undefined || edits) return;
    // What was typed here and is not stored yet is part of the view's draft.
    const take = () => {
      text.value = client.conversations.get(conversation)?.draft ?? "";
    };
    const wait = typedAt.current + OWN - performance.now();
    // What was edited must not stay a moment longer: the next key would make a draft of it.
    if (leavesEdit || wait <= 0) return take();
    const timer = setTimeout(take, wait);
    return () => clearTimeout(timer);
  });
  useEffect(() => {
    const flush = () => void client.conversations.flushDrafts().catch(() => {});
    const hidden = () => document.visibilityState === "hidden" && flush();
    document.addEventListener("visibilitychange", hidden);
    return () => {
      document.removeEventListener("visibilitychange", hidden);
      flush();
    };
  }, []);
  return {
    text,
    write(value) {
      text.value = value;
      if (purpose.peek()?.name === "edit") return;
      typedAt.current = performance.now();
      client.conversations.setDraft(conversation, value);
      client.thread.typing(conversation, value.trim() !== "");
    },
  };
}
