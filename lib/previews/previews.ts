import { createBoundedTurns } from "../bounded_turns.ts";
import { withoutDeadline } from "../deadline.ts";
import { AppError } from "../errors.ts";
import { bytesSource } from "../files/content/bytes_source.ts";
import { walkPicture } from "../files/content/pictures/walk_picture.ts";
import { sniff } from "../files/content/sniff.ts";
import { SourceReader } from "../files/content/source_reader.ts";
import type { ObjectStore } from "../files/object_store.ts";
import { storeObject } from "../files/uploads/store_object.ts";
import { newId } from "../ids.ts";
import type { Id, LinkPreview } from "../protocol/model.ts";
import { type NewLinkPreview, readLinkPreview, writeLinkPreview } from "../sql/link_previews.ts";
import { reserveObject } from "../sql/files/objects.ts";
import type { Sql } from "../sql/open.ts";
import { createTurnsOfEach } from "../turns_of_each.ts";
import { getFromOutside, type Outside } from "./outside.ts";
import { readPageFacts } from "./page_facts.ts";

/** What pages that messages name say about themselves. */
export interface Previews {
  /**
   * Null where there is nothing to show, for whatever reason.
   * @throws AppError `unavailable`, or `rate-limited` where `account` asks for too many at a time
   */
  of(url: string, account: Id): Promise<LinkPreview | null>;
}

/** Bytes in which a page has to have said it, and of a picture. */
const PAGE_BYTES = 512 * 1024;
const IMAGE_BYTES = 512 * 1024;
/** Pictures that every browser shows, and that nothing runs in. */
const IMAGE_TYPES: ReadonlySet<string> = new Set([
  "image/jpeg",
  "image/png",
  "image/webp",
  "image/gif",
]);
/** Pages that are asked at a time, and that wait. */
const AT_A_TIME = 8;
const WAITING = 100;
/** And of one account: pages that never answer are not to keep everybody else's from being asked. */
const OF_EACH = 2;
const OF_EACH_WAITING = 30;

/** Shows nothing, and asks nobody. */
export const noPreviews: Previews = { of: () => Promise.resolve(null) };

/**
 * The server asks, and not the readers' browsers: so a page that is named in a message does not learn who
 * reads it, and each is asked once for all.
 */
export function createPreviews(
  { sql, files, outside }: { sql: Sql; files: ObjectStore; outside: Outside },
): Previews {
  const turns = createBoundedTurns(
    AT_A_TIME,
    WAITING,
    () => new AppError("unavailable", "too many links are being looked at", { retryAfter: 5 }),
  );
  const ofEach = createTurnsOfEach(() =>
    createBoundedTurns(
      OF_EACH,
      OF_EACH_WAITING,
      () =>
        new AppError("rate-limited", "too many links of yours are looked at", { retryAfter: 5 }),
    )
  );
  /** Those that are being asked now. */
  const asking = new Map<string, Promise<LinkPreview | null>>();

  const look = async (url: URL): Promise<NewLinkPreview | null> => {
    const page = await getFromOutside(outside, url, { accept: "text/html", most: PAGE_BYTES });
    if (page === undefined || !/^(text\/html|application\/xhtml\+xml)\b/.test(page.type)) {
      return null;
    }
    const facts = readPageFacts(page.bytes, page.type, page.url);
    if (facts === undefined) return null;
    const { title, description, image } = facts;
    return {
      url: page.url.href,
      title,
      description,
      site: facts.site || page.url.hostname,
      image: image && await keepImage(image),
    };
  };

  const keepImage = async (url: URL): Promise<NewLinkPreview["image"]> => {
    const found = await getFromOutside(outside, url, { accept: "image/*", most: IMAGE_BYTES });
    if (found === undefined || found.cut) return undefined;
    const source = bytesSource(found.bytes);
    try {
      // Not all that an upload may be: of films more is read, and here nobody has uploaded anything.
      const type = await sniff(new SourceReader(source));
      const picture = IMAGE_TYPES.has(type) ? await walkPicture(source, type) : undefined;
      if (picture === undefined) return undefined;
      const { width, height, pieces } = picture;
      const kept = pieces.kept()?.bytes() ?? source.read(0, source.size);
      return { ...await keep(kept), type, width, height };
    } catch (error) {
      // A picture that is none leaves the page without one.
      if (error instanceof AppError) return undefined;
      throw error;
    }
  };

  /** Until its preview takes hold of it, it is nobody's, and would be swept away. */
  const keep = async (
    bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
  ): Promise<{ object: Id; size: number }> => {
    const id = newId();
    let size = 0;
    await reserveObject(sql, id);
    await storeObject({ sql, store: files }, id, async (object) => {
      for await (const part of bytes) {
        await object.write(part);
        size += part.length;
      }
    });
    return { object: id, size };
  };

  const ask = async (url: string, account: Id): Promise<LinkPreview | null> => {
    const known = await readLinkPreview(sql, url);
    if (known !== undefined) return known;
    return await ofEach.take(account, () =>
      turns.take(async () => {
        return await writeLinkPreview(sql, newId(), url, await look(new URL(url)));
      }));
  };

  return {
    of: async (text, account) => {
      const url = new URL(text);
      // What follows it is for the page, not for its server.
      url.hash = "";
      const before = asking.get(url.href);
      // Others may wait for it when whoever began it has gone.
      const now = before ?? withoutDeadline(() => ask(url.href, account));
      if (before === undefined) {
        asking.set(url.href, now);
        now.finally(() => asking.delete(url.href)).catch(() => {});
      }
      return await now;
    },
  };
}
