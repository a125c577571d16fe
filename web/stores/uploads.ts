import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Client } from "../../client/client.ts";
import type { SendOptions } from "../../client/views.ts";
import type { Id, Time } from "../../lib/protocol/model.ts";
import { hasParcels } from "../uploads/has_parcels.ts";
import type { Extras, UploadProblem } from "../uploads/parcel.ts";
import type { SessionStore } from "./session.ts";

export type UploadState =
  /** Being looked at and hashed, on its way, or being described. */
  | "reading"
  | "sending"
  | "finishing"
  | "paused"
  /** It goes on by itself once there is a connection. */
  | "waiting"
  /** The file has to be chosen again: nobody kept it. */
  | "missing"
  | "failed"
  | "ready";

export type UploadView = {
  id: Id;
  name: string;
  size: number;
  type: string;
  state: UploadState;
  /** Bytes that are done, of what is being done. Changes often, and alone. */
  done: ReadonlySignal<number>;
  /** The address of a small picture. */
  preview: string | undefined;
  problem: UploadProblem | undefined;
};

/** A message in the making that has files: what a composer holds, or what waits to be sent. */
export type ParcelView = {
  id: Id;
  conversation: Id;
  at: Time;
  /** Undefined while it is being written. */
  sent: { text: string; options: SendOptions } | undefined;
  uploads: readonly UploadView[];
};

export interface Uploads {
  /** Puts files into a composer; the answer is how many a message has no room for. */
  add(conversation: Id, files: readonly File[], extras?: Extras): number;
  /** What is in a composer is sent, once its files are there. */
  send(conversation: Id, text: string, options: SendOptions): void;
  /** A message of one file that no composer holds, such as what was spoken. */
  sendFile(conversation: Id, file: File, options: SendOptions, extras?: Extras): void;
  /** What waits to be sent is being written again; the answer is what it said, if it still waits. */
  cancel(parcel: Id): { text: string; options: SendOptions } | undefined;
  remove(upload: Id): void;
  pause(upload: Id): void;
  /** Also after a failure. */
  resume(upload: Id): void;
  /** For one whose file is missing. */
  choose(upload: Id, file: File): Promise<void>;
  /** Finds what other tabs have begun since: it is taken over from those that are closed. */
  look(): Promise<void>;
}

export type UploadsStore = {
  /** In this tab, in the order in which they were begun. */
  parcels: ReadonlySignal<readonly ParcelView[]>;
  /** What a composer holds. */
  draft(conversation: Id): readonly UploadView[];
  /** What was sent and waits for its files. */
  sent(conversation: Id): readonly ParcelView[];
  /** Conversations in which such a message needs somebody to look. */
  stuck: ReadonlySignal<ReadonlySet<Id>>;
  /** What does it all: loaded when it is first needed. */
  open(): Promise<Uploads>;
};

/** Milliseconds until what does it is asked for again: there may be no connection. */
const ASK_AGAIN = 3_000;

/** Files on their way to the server. */
export function createUploadsStore(client: Client, session: SessionStore): UploadsStore {
  const parcels = signal<readonly ParcelView[]>([]);
  let opened: Promise<Uploads> | undefined;
  const open = () => opened ??= load();
  const load = async (): Promise<Uploads> => {
    while (true) {
      try {
        const { openUploads } = await import("../uploads/open_uploads.ts");
        return await openUploads(client, parcels);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN));
      }
    }
  };
  const lookAgain = async () => {
    if (session.me.peek() === undefined || !await hasParcels()) return;
    await (await open()).look();
  };
  effect(() => {
    // What an earlier page left goes on, and what another tab has left since.
    if (session.me.value !== undefined) void lookAgain();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void lookAgain();
  });
  const of = (conversation: Id) =>
    parcels.value.filter((parcel) => parcel.conversation === conversation);
  return {
    parcels,
    draft: (conversation) => of(conversation).find(({ sent }) => sent === undefined)?.uploads ?? [],
    sent: (conversation) => of(conversation).filter(({ sent }) => sent !== undefined),
    stuck: computed(() => {
      const waiting = parcels.value.filter(({ sent }) => sent !== undefined);
      const failing = waiting.filter(({ uploads }) => uploads.some(isStuck));
      return new Set(failing.map(({ conversation }) => conversation));
    }),
    open,
  };
}

/** Whether it needs somebody to do something. */
export function isStuck({ state }: UploadView): boolean {
  return state === "failed" || state === "missing";
}
