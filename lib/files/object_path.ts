import type { Id } from "../protocol/model.ts";

/** An object's place in a folder or a bucket: alike in both, so that they can be copied as they are. */
export function objectPath(id: Id): string {
  // An id begins with the time, so by its beginning all of them would be in one folder.
  return `${id.slice(-2)}/${id}`;
}
