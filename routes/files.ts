import { type Context, Hono } from "hono";
import { contentSource } from "../lib/files/content_source.ts";
import { idParam, validate } from "../lib/http/validate.ts";
import type { Id, Time } from "../lib/protocol/model.ts";
import { CreateFileLink, ReadFileByLink } from "../lib/protocol/requests.ts";
import { readAttachment } from "../lib/sql/files/attachments.ts";
import { readContentObjects } from "../lib/sql/files/content_objects.ts";
import { letGo } from "../lib/sql/files/let_go.ts";
import { readServedFile, readServedThumbnail } from "../lib/sql/files/served.ts";
import { answerWithFile, type Representation } from "./answer_with_file.ts";
import type { Env, Gate } from "./context.ts";
import { createFileLinks } from "./file_links.ts";
import { noSuchFile } from "./no_such_file.ts";
import { originAskedAt } from "./origin.ts";
import type { SignedIn } from "./signed_in.ts";
import type { Transfers } from "./transfers.ts";

/** Files on their way out. Who may have one is decided for every request anew. */
export function files(gate: Gate, signedIn: SignedIn, transfers: Transfers) {
  const { sql, files: store, clock } = gate;
  const links = createFileLinks(gate);

  const findFile = async (user: Id, id: Id): Promise<Representation> => {
    const file = await readServedFile(sql, user, id);
    if (file === undefined) throw noSuchFile();
    const { content, name, type, size, sha256 } = file;
    return {
      etag: sha256,
      name,
      type,
      size,
      read: async function* (start, end) {
        const objects = await readContentObjects(sql, content, start, end);
        yield* contentSource(store, objects, size).read(start, end);
      },
    };
  };

  const findThumbnail = async (user: Id, id: Id): Promise<Representation> => {
    const thumbnail = await readServedThumbnail(sql, user, id);
    if (thumbnail === undefined) throw noSuchFile();
    const { object, type, size } = thumbnail;
    return { etag: object, type, size, read: (start, end) => store.read(object, start, end) };
  };

  const answer = async (c: Context<Env>, id: Id, thumbnail: boolean) => {
    const { user } = c.get("access");
    const shown = await (thumbnail ? findThumbnail : findFile)(user, id);
    return answerWithFile(c, transfers, user, shown);
  };

  return new Hono<Env>()
    .get("/:id", signedIn(), (c) => answer(c, idParam(c.req.param("id")), false))
    .get("/:id/thumbnail", signedIn(), (c) => answer(c, idParam(c.req.param("id")), true))
    .get(
      "/:id/content",
      validate("query", ReadFileByLink),
      signedIn({ fresh: true, by: links.read }),
      (c) => answer(c, idParam(c.req.param("id")), c.req.valid("query").thumbnail === "true"),
    )
    .get("/:id/attachment", signedIn(), async (c) => {
      const { user } = c.get("access");
      const attachment = await readAttachment(sql, user, idParam(c.req.param("id")));
      if (attachment === undefined) throw noSuchFile();
      return c.json(attachment);
    })
    .post("/:id/links", signedIn(), validate("json", CreateFileLink), async (c) => {
      const access = c.get("access");
      const file = idParam(c.req.param("id"));
      const { expiresIn, thumbnail = false } = c.req.valid("json");
      await (thumbnail ? findThumbnail : findFile)(access.user, file);
      const expires = clock.now() + expiresIn * 1000;
      const path = links.sign({ ...access, file, thumbnail, expires });
      const origin = originAskedAt(c.req.url, c.req.header("origin"));
      const expiresAt: Time = new Date(expires).toISOString();
      return c.json({ url: `${origin}/api/v1${path}`, expiresAt }, 201);
    })
    .delete("/:id", signedIn(), async (c) => {
      if (await letGo(sql, c.get("access").user, idParam(c.req.param("id")))) {
        return c.body(null, 204);
      }
      throw noSuchFile();
    });
}
