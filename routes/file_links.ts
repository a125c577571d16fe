import type { Context } from "hono";
import { AppError } from "../lib/errors.ts";
import type { Id } from "../lib/protocol/model.ts";
import { ReadFileByLink } from "../lib/protocol/requests.ts";
import { type Access, equalSecrets, type Tokens } from "../lib/tokens.ts";
import type { Clock } from "../lib/clock.ts";
import type { Env } from "./context.ts";
import { noSuchFile } from "./no_such_file.ts";

/** What an address lets its holder read, as whom and until when. */
export type FileLink = Access & {
  readonly file: Id;
  /** The small picture instead. */
  readonly thumbnail: boolean;
  /** Milliseconds since 1970. */
  readonly expires: number;
};

/**
 * Addresses that need no header, for what browsers fetch by themselves. One grants nothing: it says who
 * asks, as an access token does, and for one file; what that person may read is looked at every time.
 */
export function createFileLinks({ tokens, clock }: { tokens: Tokens; clock: Clock }) {
  const partsOf = ({ user, session, file, thumbnail, expires }: FileLink) => [
    user,
    session,
    file,
    thumbnail ? "thumbnail" : "file",
    String(expires),
  ];
  return {
    /** The address below the interface's own. */
    sign: (link: FileLink): string => {
      const query = new URLSearchParams({
        user: link.user,
        session: link.session,
        expires: String(link.expires),
        ...(link.thumbnail && { thumbnail: "true" }),
        signature: tokens.keyedHash("file link", partsOf(link)),
      });
      return `/files/${link.file}/content?${query}`;
    },
    /** @throws AppError `not-found` for what nobody here signed, `gone` for what is over */
    read: (c: Context<Env>): FileLink => {
      // What does not fit was refused before.
      const { user, session, expires, signature, thumbnail } = ReadFileByLink.parse(c.req.query());
      const file = c.req.param("id") ?? "";
      const link = { user, session, file, expires, thumbnail: thumbnail === "true" };
      const right = tokens.keyedHashes("file link", partsOf(link))
        .filter((hash) => equalSecrets(hash, signature));
      if (right.length === 0) throw noSuchFile();
      if (expires <= clock.now()) throw new AppError("gone", "this link is over; ask for another");
      return link;
    },
  };
}
