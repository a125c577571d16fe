import { v7 } from "uuid";
import type { Id } from "./protocol/model.ts";

/** A new UUID version 7 (RFC 9562): ordered by time, so that indexes grow at their end. */
export function newId(): Id {
  return v7();
}
