import type { FileChallenge } from "../../lib/protocol/answers.ts";
import type { Job, JobNews, JobResult, Look } from "./jobs.ts";
import { lookAtMedia } from "./look_at_media.ts";

/** Files of this size are too large for a picture that somebody took, and for the memory. */
const LARGEST_PICTURE = 64 * 1024 * 1024;

/** The file is not there any more, or another by now. */
export class UnreadableFile extends Error {
  override name = "UnreadableFile";
}

/** All that is read of a file without sending it. */
export interface Reading {
  /** @throws UnreadableFile */
  hash(file: Blob, tell: (done: number) => void, signal: AbortSignal): Promise<string>;
  /** @throws UnreadableFile */
  prove(file: Blob, what: FileChallenge["challenge"], signal: AbortSignal): Promise<string>;
  /** What it looks like and how long it lasts, as far as the browser can tell. */
  look(file: Blob, signal: AbortSignal): Promise<Partial<Look> & { duration?: number }>;
}

export function createReading(): Reading {
  const look = async (picture: Blob | ImageBitmap, signal: AbortSignal) => {
    try {
      return await inWorker<"look">({ name: "look", picture }, signal);
    } catch {
      // One without a small picture is sent all the same.
      return {};
    }
  };
  return {
    hash: (file, tell, signal) => inWorker<"hash">({ name: "hash", file }, signal, tell),
    prove: (file, challenge, signal) =>
      inWorker<"prove">({ name: "prove", file, challenge }, signal),
    look: async (file, signal) => {
      const [kind] = file.type.split("/");
      if (kind === "image" && file.size <= LARGEST_PICTURE) return await look(file, signal);
      if (kind !== "video" && kind !== "audio") return {};
      const { frame, ...known } = await lookAtMedia(file, signal) ?? {};
      return frame === undefined ? known : { ...known, ...await look(frame, signal) };
    },
  };
}

async function inWorker<Name extends Job["name"]>(
  job: Job & { name: Name },
  signal: AbortSignal,
  tell?: (done: number) => void,
): Promise<JobResult[Name]> {
  signal.throwIfAborted();
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker.onerror = () => reject(new Error("the worker failed"));
      worker.onmessage = ({ data }: MessageEvent<JobNews<Name>>) => {
        if ("done" in data) tell?.(data.done);
        else if ("result" in data) resolve(data.result);
        else reject(data.failed === "unreadable" ? new UnreadableFile() : new Error("it failed"));
      };
      worker.postMessage(
        job,
        "picture" in job && !(job.picture instanceof Blob) ? [job.picture] : [],
      );
    });
  } finally {
    worker.terminate();
  }
}
