import { Hono } from "hono";
import { AppError } from "../lib/errors.ts";
import { idParam, validate } from "../lib/http/validate.ts";
import { FindLinkPreview } from "../lib/protocol/requests.ts";
import { readPreviewImage } from "../lib/sql/link_previews.ts";
import { answerWithFile } from "./answer_with_file.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";
import type { Transfers } from "./transfers.ts";

/** What pages say about themselves that messages name: the same for all who are signed in. */
export function linkPreviews(
  { sql, files, previews }: Gate,
  signedIn: SignedIn,
  transfers: Transfers,
) {
  return new Hono<Env>()
    .get("/", signedIn(), validate("query", FindLinkPreview), async (c) => {
      return c.json({ preview: await previews.of(c.req.valid("query").url, c.get("access").user) });
    })
    .get("/:id/image", signedIn(), async (c) => {
      const image = await readPreviewImage(sql, idParam(c.req.param("id")));
      if (image === undefined) throw new AppError("not-found", "there is no such picture");
      const { object, type, size } = image;
      return answerWithFile(c, transfers, c.get("access").user, {
        etag: object,
        type,
        size,
        read: (start, end) => files.read(object, start, end),
      });
    });
}
