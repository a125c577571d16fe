import type { SendOptions } from "../../client/views.ts";
import type { Attachment, Id, Time } from "../../lib/protocol/model.ts";

/** Where tus sends a file: to one address, or its parts to several. */
export type Place = { url: string } | { parts: string[] };

/** Why a file does not get on. `code` is one of the contract's, or one of the page's own. */
export type UploadProblem = {
  /**
   * `quota`: there is no room for it. `unreadable`: the file is not what it was on this device, or
   * not there. `expired`: the server had it, and has let go of it. `other-file`: what was chosen is another one.
   */
  code: string;
  /** Bytes that are free, of `quota`. */
  free?: number;
};

/** A file on its way, as the browser keeps it. */
export type UploadRecord = {
  id: Id;
  name: string;
  size: number;
  /** What the browser takes it for. */
  type: string;
  /** Whether the browser keeps the file as well. If not, it has to be chosen again after a reload. */
  kept: boolean;
  /** What only this page knows of it: a picture, and what is heard. */
  looked?: true;
  thumbnail?: Blob;
  placeholder?: string;
  waveform?: string;
  /** Seconds. */
  duration?: number;
  sha256?: string;
  place?: Place | undefined;
  /** The server has it. */
  attachment?: Attachment;
  /** And knows all that is to be said of it. */
  ready?: true;
  paused?: true;
  problem?: UploadProblem;
};

/** A message in the making that has files: those of a composer, or what waits to be sent. */
export type ParcelRecord = {
  account: Id;
  /** Of the message as well, so that it is sent once. */
  id: Id;
  conversation: Id;
  at: Time;
  /** Its writer has sent it: it goes out when its files are there. */
  sent?: { text: string; options: SendOptions };
  uploads: UploadRecord[];
};

/** Says what was made of it that the file itself does not tell. */
export type Extras = Pick<UploadRecord, "waveform" | "duration">;
