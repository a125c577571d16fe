import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Client } from "../../client/client.ts";
import { createLimiter } from "../../client/limiter.ts";
import { realTimers, type Timers } from "../../client/timers.ts";
import type { Id } from "../../lib/protocol/model.ts";

/** A picture that the page shows; those of a kind and id are the same. */
export type PictureName = { of: "thumbnail" | "file" | "preview"; id: Id };

export type Picture =
  | { name: "loading" }
  | { name: "ready"; url: string }
  | { name: "failed"; error: unknown };

/** Whoever takes one gives it back when it is not shown any more. */
export type TakenPicture = { picture: ReadonlySignal<Picture>; retry(): void; release(): void };

export type PicturesStore = { take(name: PictureName): TakenPicture };

/** What the store needs of the client. */
type Source = Pick<Client, "on"> & {
  files: Pick<Client["files"], "bytes" | "thumbnail">;
  previews: Pick<Client["previews"], "image">;
};

type Entry = {
  picture: Signal<Picture>;
  holders: number;
  bytes: number;
  /** Of the attempt that counts. */
  attempt: number;
};

/** Somebody waits for the rest of the page as well. */
const AT_ONCE = 4;
/** What nobody looks at is kept up to this, for who scrolls back. */
const MAX_IDLE = { pictures: 200, bytes: 48 * 1024 * 1024 };

/** Pictures that need this person's session to be seen, and are fetched once for all who show them. */
export function createPicturesStore(
  client: Source,
  { timers = realTimers, urls = URL }: {
    timers?: Timers;
    urls?: Pick<typeof URL, "createObjectURL" | "revokeObjectURL">;
  } = {},
): PicturesStore {
  /** In the order in which they were given back. */
  const entries = new Map<string, Entry>();
  let limiter = createLimiter(AT_ONCE, timers);

  const fetchOf = ({ of, id }: PictureName) =>
    of === "thumbnail"
      ? client.files.thumbnail(id)
      : of === "file"
      ? client.files.bytes(id)
      : client.previews.image(id);

  const load = async (name: PictureName, entry: Entry) => {
    const own = limiter;
    const attempt = ++entry.attempt;
    entry.picture.value = { name: "loading" };
    const current = () => own === limiter && entry.attempt === attempt;
    try {
      const blob = await own.run(async () => await (await fetchOf(name)).blob());
      if (!current()) return;
      entry.bytes = blob.size;
      entry.picture.value = { name: "ready", url: urls.createObjectURL(blob) };
      trim();
    } catch (error) {
      if (current()) entry.picture.value = { name: "failed", error };
    }
  };

  const drop = (key: string, entry: Entry) => {
    entries.delete(key);
    entry.attempt++;
    const { value } = entry.picture;
    if (value.name === "ready") urls.revokeObjectURL(value.url);
  };

  const trim = () => {
    const idle = [...entries].filter(([, { holders }]) => holders === 0);
    let bytes = idle.reduce((sum, [, entry]) => sum + entry.bytes, 0);
    let pictures = idle.length;
    for (const [key, entry] of idle) {
      if (pictures <= MAX_IDLE.pictures && bytes <= MAX_IDLE.bytes) break;
      drop(key, entry);
      bytes -= entry.bytes;
      pictures--;
    }
  };

  client.on("session", (state) => {
    if (state.name === "signed-in") return;
    // What one account may see is not for the next.
    limiter.close();
    limiter = createLimiter(AT_ONCE, timers);
    for (const [key, entry] of [...entries]) drop(key, entry);
  });
  client.on("connection", (state) => {
    if (state.name !== "ready") return;
    for (const [key, entry] of entries) {
      if (entry.picture.peek().name === "failed" && entry.holders > 0) {
        void load(nameOf(key), entry);
      }
    }
  });

  return {
    take(name) {
      const key = keyOf(name);
      let entry = entries.get(key);
      if (entry === undefined) {
        entry = { picture: signal({ name: "loading" }), holders: 0, bytes: 0, attempt: 0 };
        entries.set(key, entry);
        void load(name, entry);
      } else if (entry.holders === 0 && entry.picture.peek().name === "failed") {
        void load(name, entry);
      }
      const taken = entry;
      taken.holders++;
      let released = false;
      return {
        picture: taken.picture,
        retry() {
          if (taken.picture.peek().name === "failed" && entries.get(key) === taken) {
            void load(name, taken);
          }
        },
        release() {
          if (released) return;
          released = true;
          taken.holders--;
          if (taken.holders > 0 || entries.get(key) !== taken) return;
          // The latest that was given back is the last to go.
          entries.delete(key);
          entries.set(key, taken);
          trim();
        },
      };
    },
  };
}

function keyOf({ of, id }: PictureName): string {
  return `${of} ${id}`;
}

function nameOf(key: string): PictureName {
  const [of, id = ""] = key.split(" ");
  return { of: of === "thumbnail" || of === "preview" ? of : "file", id };
}
