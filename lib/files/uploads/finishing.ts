import { createHash } from "node:crypto";
import { AppError } from "../../errors.ts";
import type { Id } from "../../protocol/model.ts";
import { finishUpload } from "../../sql/files/finish.ts";
import { readPiecesOfUpload } from "../../sql/files/objects.ts";
import { readUpload, removeUpload, type Upload } from "../../sql/files/uploads.ts";
import { createTurns } from "../../turns.ts";
import { createTurnsOfEach } from "../../turns_of_each.ts";
import type { ByteSource } from "../byte_source.ts";
import { contentSource } from "../content_source.ts";
import { dropObjects, type StoreParts } from "./store_object.ts";
import { writeKept } from "./write_kept.ts";

/** Looks at what is in a file. @throws AppError where it may not be kept */
export type Inspect = (
  source: ByteSource,
  claim: { type?: string | undefined; name: string },
) => Promise<{
  type: string;
  width?: number | undefined;
  height?: number | undefined;
  duration?: number | undefined;
  /** What is to be kept instead, where something was taken out. */
  kept?: { size: number; bytes(): AsyncIterable<Uint8Array<ArrayBuffer>> } | undefined;
}>;

/** Makes files of uploads that are whole. */
export interface Finishing {
  /**
   * Whoever asks while it is being done hears how that ends. It may be done again, and by several
   * processes at once: a file comes of it once.
   * @throws AppError where the upload is refused, and gone with that
   */
  finish(upload: Upload): Promise<void>;
}

/** Files that one process reads at a time, so that everything else goes on. */
const AT_A_TIME = 2;
/** And of one person: some files take seconds, and others' are not to wait for all of theirs. */
const OF_EACH = 1;

export function createFinishing(parts: StoreParts & { readonly inspect: Inspect }): Finishing {
  const turns = createTurns(AT_A_TIME);
  const ofEach = createTurnsOfEach(() => createTurns(OF_EACH));
  const underWay = new Map<Id, Promise<void>>();
  return {
    finish: (upload) => {
      const before = underWay.get(upload.id);
      if (before !== undefined) return before;
      const done = ofEach.take(upload.owner, () => turns.take(() => finish(parts, upload)))
        .finally(() => underWay.delete(upload.id));
      underWay.set(upload.id, done);
      return done;
    },
  };
}

async function finish(
  parts: StoreParts & { readonly inspect: Inspect },
  upload: Upload,
): Promise<void> {
  const { sql, store, inspect } = parts;
  const pieces = await readPiecesOfUpload(sql, upload.id);
  const source = contentSource(store, pieces, upload.size);
  try {
    const sha256 = await hashOf(source);
    if (upload.sha256 !== null && upload.sha256 !== sha256) throw otherHash(sha256);
    const { name } = upload;
    const inspected = await inspect(source, { type: upload.type ?? undefined, name });
    const kept = inspected.kept && await writeKept(parts, inspected.kept.bytes());
    const isUsed = await finishUpload(sql, upload.id, { ...inspected, sha256, kept });
    if (kept !== undefined && !isUsed) await dropObjects(parts, kept.pieces.map(({ id }) => id));
  } catch (error) {
    if (isRefusal(error)) await removeUpload(sql, upload.owner, upload.id);
    // Another process was faster, so that there was nothing left to read.
    else if (await readUpload(sql, upload.owner, upload.id) === undefined) return;
    throw error;
  }
}

async function hashOf(source: ByteSource): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of source.read(0, source.size)) hash.update(bytes);
  return hash.digest("hex");
}

function otherHash(sha256: string): AppError {
  return new AppError("invalid", "this is not the file that was to come", {
    errors: [{ path: "sha256", message: `what came has ${sha256}` }],
  });
}

/** What is the file's own fault, and would be so again. */
function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError &&
    (error.code === "invalid" || error.code === "unsupported" || error.code === "too-large");
}
