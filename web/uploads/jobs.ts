import type { FileChallenge } from "../../lib/protocol/answers.ts";

/** What the worker is asked for. */
export type Job =
  | { name: "hash"; file: Blob }
  | { name: "prove"; file: Blob; challenge: FileChallenge["challenge"] }
  /** Of a picture, or of a frame that was taken out of a video. */
  | { name: "look"; picture: Blob | ImageBitmap };

/** A picture that is quick to load, and one that is there at once. */
export type Look = { thumbnail: Blob; placeholder: string };

export type JobResult = { hash: string; prove: string; look: Look };

/** What it says meanwhile, and in the end. */
export type JobNews<Name extends Job["name"] = Job["name"]> =
  | { done: number }
  | { result: JobResult[Name] }
  | { failed: "unreadable" | "failed" };
