import type { Id } from "../../protocol/model.ts";

/** From where something is done to an account, as its owner reads it later. */
export type Doer = {
  /** Absent where nobody was signed in. */
  session?: Id;
  device: string;
  ip: string;
};
