import { ApiError } from "../../client/api.ts";
import type { Files } from "../../client/files.ts";
import type { Attachment } from "../../lib/protocol/model.ts";
import type { Extras, UploadRecord } from "./parcel.ts";
import { type Reading, UnreadableFile } from "./reading.ts";
import type { Transfer } from "./transfer.ts";

/** What is being done for a file; each says how many of its bytes it has done. */
export type Step = "reading" | "sending" | "finishing";

export type UploadParts = {
  files: Pick<Files, "link" | "describe" | "attachment">;
  reading: Reading;
  transfer: Transfer;
  /** So many at a time: whoever reads, and whoever sends. */
  inTurn: <T>(step: "reading" | "sending", work: () => Promise<T>) => Promise<T>;
};

type Run = {
  /** Brought up to date by `save`. */
  record: UploadRecord;
  file: Blob;
  /** Puts down how far it is: what is put down is not done again. */
  save: (change: Partial<UploadRecord>) => Promise<void>;
  tell: (step: Step, done: number) => void;
  signal: AbortSignal;
};

/**
 * Brings a file to the server, from wherever it stands: what it is, whether it is there already, its
 * bytes, and what it looks like. Whatever fails may be tried again.
 * @throws UnreadableFile, ApiError
 */
export async function runUpload(run: Run, parts: UploadParts): Promise<void> {
  const { record, tell } = run;
  if (record.looked === undefined) await look(run, parts);
  if (record.sha256 === undefined) await hash(run, parts);
  let attachment = record.attachment;
  if (attachment === undefined) {
    attachment = await link(run, parts) ?? await send(run, parts);
    // Who links it again has it twice.
    await run.save({ attachment });
  }
  tell("finishing", record.size);
  await run.save({ attachment: await describe(attachment, run, parts), ready: true });
}

async function look(
  { record, file, save, signal }: Run,
  { reading, inTurn }: UploadParts,
): Promise<void> {
  // A large picture takes hundreds of megabytes while it is unpacked.
  const known = await inTurn("reading", () => reading.look(file, signal));
  await save({ ...known, ...extrasOf(record), looked: true });
}

/** What its maker said of it counts more than what can be seen. */
function extrasOf({ duration, waveform }: UploadRecord): Extras {
  return {
    ...(duration !== undefined && { duration }),
    ...(waveform !== undefined && { waveform }),
  };
}

async function hash(run: Run, { reading, inTurn }: UploadParts): Promise<void> {
  const { file, save, tell, signal } = run;
  tell("reading", 0);
  const sha256 = await inTurn(
    "reading",
    () => reading.hash(file, (done) => tell("reading", done), signal),
  );
  await save({ sha256 });
}

/** Content that is on the server already takes no byte. */
async function link(run: Run, { files, reading }: UploadParts): Promise<Attachment | undefined> {
  const { record: { sha256, size, name, place }, file, signal } = run;
  // Some of it is on its way: then it was asked before.
  if (sha256 === undefined || place !== undefined) return undefined;
  signal.throwIfAborted();
  return await files.link({ sha256, size, name }, (what) => reading.prove(file, what, signal));
}

async function send(run: Run, parts: UploadParts): Promise<Attachment> {
  const { record, file, save, tell, signal } = run;
  const { name, type, sha256 = "", place } = record;
  tell("sending", 0);
  try {
    const id = await parts.inTurn("sending", () =>
      parts.transfer({
        file,
        metadata: { filename: name, ...(type !== "" && { filetype: type }), sha256 },
        place,
        placed: (place) => void save({ place }).catch(() => {}),
        // When all of it has come, the server reads it.
        tell: (sent) => tell(sent < record.size ? "sending" : "finishing", sent),
        signal,
      }));
    return await parts.files.attachment(id);
  } catch (error) {
    // What was sent is too old to be there, or whole, and only the answer was lost.
    if (place !== undefined && error instanceof ApiError && error.code === "not-found") {
      await save({ place: undefined });
      return await link(run, parts) ?? await send(run, parts);
    }
    if (error instanceof ApiError && error.status === 0) await assertReadable(file);
    throw error;
  }
}

/** A browser tells nothing of a file that it could not read for sending it. */
async function assertReadable(file: Blob): Promise<void> {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new UnreadableFile();
  }
}

async function describe(
  there: Attachment,
  { record, signal }: Run,
  { files }: UploadParts,
): Promise<Attachment> {
  const { thumbnail, placeholder } = record;
  const description = {
    ...(thumbnail !== undefined && { thumbnail: await base64(thumbnail) }),
    ...(placeholder !== undefined && { placeholder }),
    ...extrasOf(record),
  };
  signal.throwIfAborted();
  if (Object.keys(description).length === 0) return there;
  try {
    return await files.describe(there.id, description);
  } catch (error) {
    // The server took the file, and it is of use without what this browser makes of it.
    if (error instanceof ApiError && DOUBTED.has(error.code)) return there;
    throw error;
  }
}

const DOUBTED: ReadonlySet<string> = new Set(["conflict", "invalid", "too-large", "unsupported"]);

async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
