import { type ReadonlySignal, signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

export type MediaState = "idle" | "opening" | "playing" | "paused" | "failed";

/** MediaError.MEDIA_ERR_DECODE */
const DAMAGED = 3;

/** What is used of an element that plays. */
export type Playable =
  & Pick<EventTarget, "addEventListener" | "removeEventListener">
  & Pick<HTMLMediaElement, "src" | "currentTime" | "error" | "play" | "pause" | "removeAttribute">;

export type SignedMedia = {
  state: ReadonlySignal<MediaState>;
  /** Seconds from the beginning. */
  at: ReadonlySignal<number>;
  toggle(): void;
  seek(to: number): void;
  /** Nobody sees or hears it any more. */
  close(): void;
};

/**
 * Plays what is at an address that counts for some minutes only. Whoever goes on after a longer break
 * goes on where they were, by a new address.
 */
export function createSignedMedia(
  element: Playable,
  address: () => Promise<string>,
): SignedMedia {
  const state = signal<MediaState>("idle");
  const at = signal(0);
  /** Whether the present address has worked: if not, another one will not, either. */
  let worked = false;
  let closed = false;
  /** Counts openings: what an earlier one says late is not about the present one. */
  let opened = 0;

  const play = () => {
    // What does not work is told by the element itself. What was interrupted, and what the browser
    // plays only when somebody has just asked for it, waits to be asked again.
    const own = opened;
    element.play().catch(() => {
      if (own === opened && state.peek() === "opening") state.value = "paused";
    });
  };
  const open = async (from: number) => {
    opened++;
    worked = false;
    state.value = "opening";
    try {
      const url = await address();
      if (closed) return;
      element.src = url;
    } catch {
      state.value = "failed";
      return;
    }
    element.currentTime = from;
    play();
  };
  const listeners: Record<string, () => void> = {
    playing: () => {
      worked = true;
      state.value = "playing";
    },
    pause: () => {
      const now = state.peek();
      // Also before there was anything to hear: another one began to play.
      if (now === "playing" || now === "opening") state.value = "paused";
    },
    ended: () => {
      state.value = "paused";
      at.value = 0;
      element.currentTime = 0;
    },
    timeupdate: () => {
      // While another address is opened, it is at the beginning of nothing.
      if (state.peek() !== "opening") at.value = element.currentTime;
    },
    error: () => {
      // What is damaged would fail at the same place, by whatever address it comes.
      if (worked && element.error?.code !== DAMAGED) void open(at.peek());
      else state.value = "failed";
    },
  };
  for (const [event, listener] of Object.entries(listeners)) {
    element.addEventListener(event, listener);
  }

  return {
    state,
    at,
    toggle() {
      const now = state.peek();
      if (now === "playing") element.pause();
      else if (now === "paused") play();
      else if (now !== "opening") void open(at.peek());
    },
    seek(to) {
      at.value = to;
      const now = state.peek();
      if (now === "playing" || now === "paused") element.currentTime = to;
    },
    close() {
      closed = true;
      for (const [event, listener] of Object.entries(listeners)) {
        element.removeEventListener(event, listener);
      }
      // Without this, an element that is gone goes on.
      element.pause();
      element.removeAttribute("src");
    },
  };
}

/** The same for as long as the element is there. */
export function useSignedMedia<T extends HTMLMediaElement>(
  media: RefObject<T | null>,
  address: () => Promise<string>,
): Pick<SignedMedia, "toggle" | "seek"> & { state: MediaState; at: number } {
  const latest = useRef(address);
  latest.current = address;
  const signed = useSignal<SignedMedia | undefined>(undefined);
  useLayoutEffect(() => {
    if (media.current === null) return;
    const own = signed.value = createSignedMedia(media.current, () => latest.current());
    return own.close;
  }, []);
  return {
    state: signed.value?.state.value ?? "idle",
    at: signed.value?.at.value ?? 0,
    toggle: () => signed.peek()?.toggle(),
    seek: (to) => signed.peek()?.seek(to),
  };
}
