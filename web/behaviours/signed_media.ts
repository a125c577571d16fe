import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

export type SignedMedia = {
  state: ReadonlySignal<"idle" | "opening" | "playing" | "paused" | "failed">;
  /** Seconds from the beginning. */
  at: ReadonlySignal<number>;
  toggle(): void;
  seek(to: number): void;
};

/**
 * Plays what is at an address that counts for some minutes only. Whoever goes on after a longer break
 * goes on where they were, by a new address.
 */
export function useSignedMedia<T extends HTMLMediaElement>(
  media: RefObject<T | null>,
  address: () => Promise<string>,
): SignedMedia {
  const state = useSignal<"idle" | "opening" | "playing" | "paused" | "failed">("idle");
  const at = useSignal(0);
  /** Whether the present address has worked: else another one will not, either. */
  const worked = useRef(false);
  const latest = useRef(address);
  latest.current = address;

  const open = async (from: number) => {
    const element = media.current;
    if (element === null) return;
    worked.current = false;
    state.value = "opening";
    try {
      element.src = await latest.current();
    } catch {
      state.value = "failed";
      return;
    }
    element.currentTime = from;
    // What does not work is told by the element itself; what was interrupted was meant to be.
    element.play().catch(() => {});
  };

  useEffect(() => {
    const element = media.current;
    if (element === null) return;
    const listeners: Record<string, () => void> = {
      playing: () => {
        worked.current = true;
        state.value = "playing";
      },
      pause: () => {
        if (state.peek() === "playing") state.value = "paused";
      },
      ended: () => {
        state.value = "paused";
        at.value = 0;
        element.currentTime = 0;
      },
      timeupdate: () => at.value = element.currentTime,
      error: () => {
        if (worked.current) void open(at.peek());
        else state.value = "failed";
      },
    };
    for (const [event, listener] of Object.entries(listeners)) {
      element.addEventListener(event, listener);
    }
    return () => {
      for (const [event, listener] of Object.entries(listeners)) {
        element.removeEventListener(event, listener);
      }
      // Without this, an element that is gone goes on.
      element.pause();
      element.removeAttribute("src");
    };
  }, []);

  return {
    state,
    at,
    toggle() {
      const element = media.current;
      if (state.peek() === "playing") return element?.pause();
      if (state.peek() === "opening") return;
      if (state.peek() !== "paused") return void open(at.peek());
      element?.play().catch(() => {});
    },
    seek(to) {
      at.value = to;
      const now = state.peek();
      if (media.current !== null && (now === "playing" || now === "paused")) {
        media.current.currentTime = to;
      }
    },
  };
}
