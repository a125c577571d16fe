import type { Id } from "../protocol/model.ts";

/**
 * Bytes: what is larger is kept as several objects. A store may have to hold one in memory until it is
 * whole.
 */
export const LARGEST_OBJECT = 8 * 1024 * 1024;

/**
 * Where the bytes of files are: objects under names that the server makes up and never uses twice. What
 * an object is, who holds it and whether it is whole is in SQL (`objects`); a store knows none of that.
 */
export interface ObjectStore extends AsyncDisposable {
  /** Objects that may be under way at a time: fewer where each is held in memory. */
  readonly atOnce: number;
  /** Begins an object. Nobody reads it before it is finished. */
  create(id: Id): Promise<ObjectWriter>;
  /**
   * The bytes from `start` up to `end`, which is not among them. Ending the iteration early lets go of
   * what was opened.
   * @throws AppError `unavailable` when the store cannot be reached, or the object is not there: then
   *   what SQL says of it is not true, and nobody can do anything about it by another request
   */
  read(id: Id, start: number, end: number): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Also of what is not there, or not finished. */
  remove(id: Id): Promise<void>;
  /** @throws when nothing can be kept there now, as far as that is quickly found out */
  check(): Promise<void>;
}

/** An object that is being written. One of its two ends has to be waited for. */
export interface ObjectWriter {
  /** Waits until there is room for more. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** What was written survives the end of this process, and of the machine's power. */
  finish(): Promise<void>;
  /** As if it had never begun; of an object whose finish failed something may be left to be removed. */
  abandon(): Promise<void>;
}
