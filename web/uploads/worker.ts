/** Runs in a worker of the page: reads files, so that nobody who types has to wait for it. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Job, JobNews, JobResult } from "./jobs.ts";
import { lookAtPicture } from "./look_at_picture.ts";

/** Bytes that are read at a time. */
const PIECE = 1024 * 1024;

self.onmessage = async ({ data }: MessageEvent<Job>) => {
  const tell = (news: JobNews) => self.postMessage(news);
  try {
    tell({ result: await work(data, (done) => tell({ done })) });
  } catch (error) {
    const unreadable = error instanceof DOMException &&
      (error.name === "NotReadableError" || error.name === "NotFoundError");
    tell({ failed: unreadable ? "unreadable" : "failed" });
  }
};

async function work(job: Job, tell: (done: number) => void): Promise<JobResult[Job["name"]]> {
  switch (job.name) {
    case "hash":
      return await hash(job.file, sha256.create(), tell);
    case "prove": {
      const { id, offset, length } = job.challenge;
      const begun = sha256.create().update(utf8ToBytes(id));
      return await hash(job.file.slice(offset, offset + length), begun);
    }
    case "look":
      return await lookAtPicture(job.picture);
  }
}

async function hash(
  file: Blob,
  begun: ReturnType<typeof sha256.create>,
  tell?: (done: number) => void,
): Promise<string> {
  for (let start = 0; start < file.size; start += PIECE) {
    const piece = file.slice(start, start + PIECE);
    begun.update(new Uint8Array(await piece.arrayBuffer()));
    tell?.(Math.min(start + PIECE, file.size));
  }
  return bytesToHex(begun.digest());
}
