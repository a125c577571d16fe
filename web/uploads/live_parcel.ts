import { type Signal, signal } from "@preact/signals";
import { ApiError } from "../../client/api.ts";
import { newClientId } from "../../client/client_id.ts";
import type { Files } from "../../client/files.ts";
import { LIMITS } from "../../lib/protocol/codes.ts";
import type { ParcelView, UploadState } from "../stores/uploads.ts";
import { fileName } from "./file_name.ts";
import type { Extras, ParcelRecord, UploadProblem, UploadRecord } from "./parcel.ts";
import { UnreadableFile } from "./reading.ts";

/** A file on its way, in the tab that works on it. */
export type LiveUpload = {
  parcel: LiveParcel;
  record: UploadRecord;
  /** Undefined where it is kept by the browser, or nowhere. */
  file: Blob | undefined;
  state: UploadState;
  done: Signal<number>;
  preview: string | undefined;
  /** Ends what is being done for it. */
  running: AbortController | undefined;
  /** Ends the wait before another try. */
  hurry: () => void;
};

export type LiveParcel = {
  record: Omit<ParcelRecord, "uploads">;
  uploads: LiveUpload[];
  /** It is being handed to the outbox. */
  leaving: boolean;
  letGo: () => void;
};

export function newRecord({ name, size, type }: File, extras: Extras = {}): UploadRecord {
  return { id: newClientId(), name: fileName(name), size, type, kept: false, ...extras };
}

/** Problems of a file on this device. */
const UNREAD: ReadonlySet<string> = new Set(["unreadable", "other-file"]);

export function createUpload(
  parcel: LiveParcel,
  record: UploadRecord,
  file: Blob | undefined,
): LiveUpload {
  // What was kept can be read, whatever became of the file that it was.
  if (record.kept && UNREAD.has(record.problem?.code ?? "")) delete record.problem;
  const state = record.ready
    ? "ready"
    : file === undefined && !record.kept
    ? "missing"
    : record.problem !== undefined
    ? "failed"
    : record.paused
    ? "paused"
    : "waiting";
  return {
    ...{ parcel, record, file, state, running: undefined, hurry: () => {} },
    done: signal(0),
    preview: record.thumbnail && URL.createObjectURL(record.thumbnail),
  };
}

export function recordOf({ record, uploads }: LiveParcel): ParcelRecord {
  return { ...record, uploads: uploads.map((upload) => upload.record) };
}

export function viewOf(
  { record: { id, conversation, at, sent }, uploads }: LiveParcel,
): ParcelView {
  return {
    ...{ id, conversation, at, sent },
    uploads: uploads.map(({ record, state, done, preview }) => ({
      ...{ id: record.id, name: record.name, size: record.size, type: record.type },
      ...{ state, done, preview, problem: record.problem },
    })),
  };
}

/** Why a file does not get on, as it is kept and said. */
export async function problemOf(
  { size }: UploadRecord,
  error: unknown,
  files: Pick<Files, "storage">,
): Promise<UploadProblem> {
  if (error instanceof UnreadableFile) return { code: "unreadable" };
  if (!(error instanceof ApiError)) return { code: "internal" };
  if (error.code !== "too-large") return { code: error.code };
  // Too large for anybody, or for the room that this person has left.
  try {
    const { used, quota } = await files.storage();
    const free = Math.max(0, quota - used);
    return Math.max(size, LIMITS.fileRoom) > free ? { code: "quota", free } : { code: error.code };
  } catch {
    return { code: error.code };
  }
}
