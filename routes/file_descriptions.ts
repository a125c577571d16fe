import { Hono } from "hono";
import { checkDescription, type SmallPicture } from "../lib/files/content/description.ts";
import { dropObjects, storeObject } from "../lib/files/uploads/store_object.ts";
import { idParam, validate } from "../lib/http/validate.ts";
import { newId } from "../lib/ids.ts";
import { DescribeFile } from "../lib/protocol/requests.ts";
import { readAttachment } from "../lib/sql/files/attachments.ts";
import { describeFile, readOwnContent } from "../lib/sql/files/description.ts";
import { reserveObject } from "../lib/sql/files/objects.ts";
import type { Env, Gate } from "./context.ts";
import { noSuchFile } from "./no_such_file.ts";
import type { SignedIn } from "./signed_in.ts";

/** What an owner's client made of a file, so that nobody has to fetch it to know what it will look like. */
export function fileDescriptions({ config, sql, files: store }: Gate, signedIn: SignedIn) {
  const keep = async ({ bytes, type }: SmallPicture) => {
    const object = newId();
    await reserveObject(sql, object);
    await storeObject({ sql, store }, object, (writer) => writer.write(bytes));
    return { object, type, size: bytes.length };
  };

  return new Hono<Env>()
    .put("/:id/description", signedIn(), validate("json", DescribeFile), async (c) => {
      const { user } = c.get("access");
      const id = idParam(c.req.param("id"));
      const content = await readOwnContent(sql, user, id);
      if (content === undefined) throw noSuchFile();
      const { thumbnail: sent, ...said } = await checkDescription(content, c.req.valid("json"));
      const thumbnail = sent && await keep(sent);
      let described = false;
      try {
        const all = { ...said, ...(thumbnail && { thumbnail }) };
        described = await describeFile(sql, user, id, all, config.quota);
      } finally {
        if (!described && thumbnail !== undefined) {
          await dropObjects({ sql, store }, [thumbnail.object]);
        }
      }
      const attachment = described ? await readAttachment(sql, user, id) : undefined;
      if (attachment === undefined) throw noSuchFile();
      return c.json(attachment);
    });
}
