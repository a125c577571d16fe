/** Bytes that are somewhere, and of which any part may be read as often as one likes. */
export interface ByteSource {
  readonly size: number;
  /** The bytes from `start` up to `end`, which is not among them. */
  read(start: number, end: number): AsyncIterable<Uint8Array<ArrayBuffer>>;
}
