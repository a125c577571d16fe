import { Hono } from "hono";
import type * as z from "zod";
import { AppError } from "../lib/errors.ts";
import { contentSource } from "../lib/files/content_source.ts";
import { checkClaim } from "../lib/files/content/claim.ts";
import { LEAST_BYTES, pickRange, proofOf } from "../lib/files/possession.ts";
import { validate } from "../lib/http/validate.ts";
import type { Id } from "../lib/protocol/model.ts";
import { LinkFile } from "../lib/protocol/requests.ts";
import { readAttachment } from "../lib/sql/files/attachments.ts";
import { insertChallenge, takeChallenge } from "../lib/sql/files/challenges.ts";
import { readContentObjects } from "../lib/sql/files/content_objects.ts";
import { findContent, type KnownContent, linkContent } from "../lib/sql/files/link_content.ts";
import { equalSecrets } from "../lib/tokens.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";

/**
 * Files that are here already and need no upload. To know a hash is not to have a file: whoever may not
 * read that content here shows that they have it, by bytes that they cannot know beforehand.
 */
export function instantFiles({ config, sql, files: store }: Gate, signedIn: SignedIn) {
  const link = async (owner: Id, content: Id, name: string) => {
    const id = await linkContent(sql, { owner, content, name, quota: config.quota });
    const attachment = id && await readAttachment(sql, owner, id);
    // Swept away at this very moment.
    if (attachment === undefined) throw notHere();
    return attachment;
  };

  const challenge = async (user: Id, { id, size }: KnownContent) => {
    const made = await insertChallenge(sql, user, id, pickRange(size));
    if (made === undefined) throw notHere();
    return made;
  };

  /** A challenge is used up before its answer is looked at: of many at once one counts. */
  const isProof = async (user: Id, said: z.infer<typeof LinkFile>): Promise<boolean> => {
    const { proof } = said;
    if (proof === undefined) return false;
    const taken = await takeChallenge(sql, user, proof.id, said);
    if (taken === undefined) return false;
    const { content, start, length } = taken;
    const objects = await readContentObjects(sql, content, start, start + length);
    const right = await proofOf(proof.id, contentSource(store, objects, said.size), taken);
    return equalSecrets(right, proof.sha256);
  };

  return new Hono<Env>()
    .post("/", signedIn(), validate("json", LinkFile), async (c) => {
      const { user } = c.get("access");
      const said = c.req.valid("json");
      const content = await findContent(sql, user, said);
      if (content === undefined) throw notHere();
      if (!content.readable) {
        // What was taken out of somebody's picture is in no proof, and was meant for nobody.
        if (!content.exact || content.size < LEAST_BYTES) throw notHere();
        if (said.proof === undefined) return c.json({ challenge: await challenge(user, content) });
        if (!await isProof(user, said)) throw notHere();
      }
      // Not before it is theirs: what somebody else's bytes are is not for them.
      checkClaim(said, content.type);
      return c.json(await link(user, content.id, said.name), 201);
    });
}

/** The same for what is not here, and for what is and was not shown to be had. */
function notHere(): AppError {
  return new AppError("not-found", "there is nothing to link; upload it");
}
