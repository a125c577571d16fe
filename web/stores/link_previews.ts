import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { ApiError } from "../../client/api.ts";
import type { Client } from "../../client/client.ts";
import { createLimiter } from "../../client/limiter.ts";
import { realTimers, type Timers } from "../../client/timers.ts";
import type { LinkPreview } from "../../lib/protocol/model.ts";

export type LinkPreviewsStore = {
  /** Whether this device shows any. */
  shown: ReadonlySignal<boolean>;
  choose(shown: boolean): void;
  /** Undefined until it is known; null where there is none. Whatever renders the answer follows it. */
  known(url: string): LinkPreview | null | undefined;
  /** Asks for it, once. */
  want(url: string): void;
};

/** What the store needs of the client. */
type Source = Pick<Client, "on"> & { previews: Pick<Client["previews"], "of"> };

/** Where this device's choice is kept. Browsers that block site data throw on any access to it. */
type ChoiceStorage = () => Pick<Storage, "getItem" | "setItem">;

const KEY = "parley.link_previews";
const AT_ONCE = 2;
/** Addresses that are remembered; those asked for longest ago go first. */
const MAX_KEPT = 500;

export function createLinkPreviewsStore(
  client: Source,
  { timers = realTimers, storage }: { timers?: Timers; storage: ChoiceStorage },
): LinkPreviewsStore {
  const shown = signal(remembered(storage));
  const found = new Map<string, Signal<LinkPreview | null | undefined>>();
  /** The server looks at no addresses. */
  let off = false;
  let limiter = createLimiter(AT_ONCE, timers);

  const of = (url: string) => {
    let preview = found.get(url);
    if (preview === undefined) {
      const [eldest] = found.keys();
      if (found.size >= MAX_KEPT && eldest !== undefined) {
        found.delete(eldest);
        asked.delete(eldest);
      }
      found.set(url, preview = signal(undefined));
    }
    return preview;
  };
  client.on("session", (state) => {
    if (state.name === "signed-in") return;
    limiter.close();
    limiter = createLimiter(AT_ONCE, timers);
    found.clear();
    asked.clear();
    off = false;
  });
  const asked = new Set<string>();
  const ask = async (url: string) => {
    const own = limiter;
    try {
      const preview = await own.run(async () => off ? null : await client.previews.of(url));
      if (own === limiter) of(url).value = preview;
    } catch (error) {
      if (own !== limiter) return;
      off ||= error instanceof ApiError && error.code === "not-found";
      // Whoever comes by later asks again, unless there is nobody to ask.
      if (!off) asked.delete(url);
    }
  };
  return {
    shown,
    choose(on) {
      shown.value = on;
      try {
        storage().setItem(KEY, on ? "on" : "off");
      } catch {
        // The choice then holds until the page is closed.
      }
    },
    known: (url) => of(url).value,
    want(url) {
      if (off || asked.has(url) || of(url).peek() !== undefined) return;
      asked.add(url);
      void ask(url);
    },
  };
}

function remembered(storage: ChoiceStorage): boolean {
  try {
    return storage().getItem(KEY) !== "off";
  } catch {
    return true;
  }
}
