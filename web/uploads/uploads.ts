/**
 * Messages in the making that have files. It is one state machine, over what is kept in the browser,
 * what runs, and what is shown, and longer than others for that.
 */
import type { Signal } from "@preact/signals";
import { ApiError } from "../../client/api.ts";
import type { Client } from "../../client/client.ts";
import { newClientId } from "../../client/client_id.ts";
import { mayRetry } from "../../client/connection.ts";
import { backoff, type Timers } from "../../client/timers.ts";
import { LIMITS } from "../../lib/protocol/codes.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { ParcelView, Uploads, UploadState } from "../stores/uploads.ts";
import type { hold } from "./hold.ts";
import {
  createUpload,
  type LiveParcel,
  type LiveUpload,
  newRecord,
  problemOf,
  recordOf,
  viewOf,
} from "./live_parcel.ts";
import type { Extras, ParcelRecord, UploadRecord } from "./parcel.ts";
import type { ParcelStorage } from "./parcel_storage.ts";
import { UnreadableFile } from "./reading.ts";
import { runUpload, type Step, type UploadParts } from "./run_upload.ts";

/** What it needs of the client. */
type Source = Pick<Client, "on"> & {
  session: Pick<Client["session"], "state">;
  thread: Pick<Client["thread"], "send">;
  files: Pick<Client["files"], "release" | "storage">;
};

/** Answers `internal` after which a file is taken for one that the server cannot have. */
const MAX_INTERNAL = 5;

/** Milliseconds for which the browser keeps what somebody left who does not come back. */
const LEFT_BEHIND = 30 * 24 * 60 * 60 * 1_000;

export function createUploads(given: {
  client: Source;
  parcels: Signal<readonly ParcelView[]>;
  storage: ParcelStorage;
  hold: typeof hold;
  /** Of the largest file that is kept: others have to be chosen again after a reload. */
  keptBytes: number;
  timers: Timers;
  parts: UploadParts;
}): Uploads {
  const { client, parcels: shown, storage, timers, parts } = given;
  let account: Id | undefined;
  /** Lets go of what others held when it was found. */
  const waiting = new Map<Id, () => void>();
  const live = new Map<Id, LiveParcel>();

  const show = () => shown.value = [...live.values()].map(viewOf);

  const become = (upload: LiveUpload, state: UploadState) => {
    if (upload.state === state) return;
    upload.state = state;
    show();
  };

  const save = async (
    parcel: LiveParcel,
    files?: ReadonlyMap<Id, Blob>,
    drop?: readonly Id[],
  ): Promise<void> => {
    // One that is gone would come back.
    if (live.get(parcel.record.id) === parcel) await storage.put(recordOf(parcel), files, drop);
  };

  /**
   * What is known of files comes first, for their copies take a while. A browser that has no room for
   * these may have some for that.
   */
  const keep = async (uploads: readonly LiveUpload[]) => {
    const [first] = uploads;
    if (first === undefined) return;
    await save(first.parcel).catch(() => {});
    const copies = new Map<Id, Blob>();
    for (const { record, file } of uploads) {
      if (file === undefined || file.size > given.keptBytes) continue;
      record.kept = true;
      copies.set(record.id, file);
    }
    try {
      await save(first.parcel, copies);
    } catch {
      for (const { record } of uploads) record.kept = false;
      await save(first.parcel).catch(() => {});
    }
  };

  const find = (id: Id): LiveUpload | undefined => {
    for (const { uploads } of live.values()) {
      const found = uploads.find(({ record }) => record.id === id);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  const draftOf = (conversation: Id) =>
    [...live.values()].find(({ record }) =>
      record.conversation === conversation && record.sent === undefined
    );

  const begin = (conversation: Id): LiveParcel => {
    if (account === undefined) throw new Error("nobody is signed in");
    const id = newClientId();
    const at = new Date(timers.now()).toISOString();
    const record = { account, id, conversation, at };
    const parcel = { record, uploads: [], leaving: false, letGo: given.hold(lockOf(id), () => {}) };
    live.set(id, parcel);
    return parcel;
  };

  const put = (parcel: LiveParcel, files: readonly File[], extras: Extras) => {
    const added = files.map((file) => createUpload(parcel, newRecord(file, extras), file));
    parcel.uploads.push(...added);
    show();
    void keep(added);
    for (const upload of added) void drive(upload);
  };

  const drive = async (upload: LiveUpload): Promise<void> => {
    if (upload.running !== undefined || upload.record.ready || upload.record.paused) return;
    const { record } = upload;
    const running = upload.running = new AbortController();
    const { signal } = running;
    let tries = 0;
    let internals = 0;
    let furthest = 0;
    const tell = (step: Step, done: number) => {
      if (signal.aborted) return;
      if (done > furthest && step === "sending") {
        furthest = done;
        tries = 0;
      }
      upload.done.value = done;
      become(upload, step);
    };
    const saveRecord = async (change: Partial<UploadRecord>) => {
      signal.throwIfAborted();
      Object.assign(record, change);
      if (upload.preview === undefined && record.thumbnail !== undefined) {
        upload.preview = URL.createObjectURL(record.thumbnail);
        show();
      }
      // What cannot be put down is done again after a reload, and no worse.
      await save(upload.parcel).catch(() => {});
      signal.throwIfAborted();
    };
    while (true) {
      try {
        const file = upload.file ?? await storage.bytesOf(record.id);
        if (file === undefined) throw new UnreadableFile();
        await runUpload({ record, file, save: saveRecord, tell, signal }, parts);
        break;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof UnreadableFile && record.kept && upload.file !== undefined) {
          // It was changed on this device, and the browser has it as it was.
          upload.file = undefined;
          continue;
        }
        if (error instanceof ApiError && error.code === "internal") internals++;
        if (!mayRetry(error) || internals >= MAX_INTERNAL) return await fail(upload, error, signal);
        become(upload, "waiting");
        const asked = error instanceof ApiError ? (error.retryAfter ?? 0) * 1_000 : 0;
        await sleep(upload, Math.max(asked, backoff(++tries, timers)));
        if (signal.aborted) return;
      }
    }
    upload.running = undefined;
    upload.file = undefined;
    become(upload, "ready");
    void save(upload.parcel, undefined, [record.id]).catch(() => {});
    await ship(upload.parcel);
  };

  const sleep = (upload: LiveUpload, ms: number): Promise<void> =>
    new Promise((resolve) => {
      const stop = timers.after(ms, resolve);
      upload.hurry = () => {
        stop();
        resolve();
      };
    });

  const fail = async (upload: LiveUpload, error: unknown, signal: AbortSignal) => {
    const problem = await problemOf(upload.record, error, client.files);
    if (signal.aborted) return;
    upload.running = undefined;
    upload.record.problem = problem;
    upload.state = problem.code === "unreadable" ? "missing" : "failed";
    show();
    await save(upload.parcel).catch(() => {});
  };

  /** Hands a message to the outbox, which sends it once under this id, however often it is handed. */
  const ship = async (parcel: LiveParcel): Promise<void> => {
    const { record: { id, conversation, sent }, uploads } = parcel;
    const attachments = uploads.flatMap(({ record: { ready, attachment } }) =>
      ready && attachment !== undefined ? [attachment] : []
    );
    const whole = attachments.length === uploads.length;
    if (sent === undefined || !whole || parcel.leaving || live.get(id) !== parcel) return;
    parcel.leaving = true;
    try {
      await client.thread.send(conversation, sent.text, {
        ...sent.options,
        ...{ clientId: id, attachments },
      });
      await drop(parcel);
    } catch {
      // Nobody is signed in any more. It is there for when somebody is.
      parcel.leaving = false;
    }
  };

  const drop = async (parcel: LiveParcel) => {
    live.delete(parcel.record.id);
    for (const upload of parcel.uploads) end(upload);
    show();
    await storage.remove(recordOf(parcel)).catch(() => {});
    parcel.letGo();
  };

  /** Nothing is done for it any more, and nothing shown. */
  const end = (upload: LiveUpload) => {
    stop(upload);
    if (upload.preview !== undefined) URL.revokeObjectURL(upload.preview);
  };

  const stop = (upload: LiveUpload) => {
    upload.running?.abort();
    upload.running = undefined;
    upload.hurry();
  };

  const adopt = (record: ParcelRecord, letGo: () => void) => {
    const { uploads, ...own } = record;
    const parcel: LiveParcel = { record: own, uploads: [], leaving: false, letGo };
    parcel.uploads = uploads.map((each) => createUpload(parcel, each, undefined));
    live.set(record.id, parcel);
    show();
    const verified = parcel.uploads.map((upload) => {
      if (upload.state === "waiting") void drive(upload);
      return upload.state === "ready" ? verify(upload) : undefined;
    });
    void Promise.all(verified).then(() => ship(parcel));
  };

  /** What waited for days, unsent, the server has let go of, and the browser has no copy any more. */
  const verify = async (upload: LiveUpload) => {
    const { parcel, record } = upload;
    try {
      await parts.files.attachment(record.attachment?.id ?? "");
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "not-found") return;
      delete record.ready;
      delete record.attachment;
      delete record.place;
      Object.assign(record, { kept: false, problem: { code: "expired" } });
      become(upload, "missing");
      await save(parcel).catch(() => {});
    }
  };

  const enter = async (id: Id) => {
    account = id;
    const before = new Date(timers.now() - LEFT_BEHIND).toISOString();
    await storage.sweep(id, before).catch(() => {});
    await look(id);
  };

  /** Other tabs may have begun something since. */
  const look = async (id: Id) => {
    const records = await storage.load(id).catch(() => []);
    if (account !== id) return;
    for (const { id: parcel } of records) {
      if (live.has(parcel) || waiting.has(parcel)) continue;
      const letGo = given.hold(lockOf(parcel), async () => {
        // Another tab may have sent it, or have gone on with it.
        const record = await storage.read(id, parcel).catch(() => undefined);
        if (record === undefined || account !== id) letGo();
        else adopt(record, letGo);
      });
      waiting.set(parcel, letGo);
    }
  };

  const leave = () => {
    account = undefined;
    for (const { uploads, letGo } of live.values()) {
      uploads.forEach(end);
      letGo();
    }
    for (const letGo of waiting.values()) letGo();
    waiting.clear();
    live.clear();
    show();
  };

  client.on("session", (state) => {
    if (state.name === "signed-out" && state.reason !== "expired" && account !== undefined) {
      // Whoever signed out, or had this device signed out, leaves it to others: copies of files must
      // not lie about here. After a long absence nobody has said so.
      const left = account;
      leave();
      void storage.dropFiles(left).catch(() => {});
    } else if (state.name !== "signed-in") leave();
    else if (state.me.id !== account) {
      // Nobody has to be signed out in between.
      leave();
      void enter(state.me.id);
    }
  });
  client.on("connection", (state) => {
    if (state.name !== "ready") return;
    for (const parcel of live.values()) {
      for (const upload of parcel.uploads) upload.hurry();
      void ship(parcel);
    }
  });
  const state = client.session.state();
  if (state.name === "signed-in") void enter(state.me.id);

  const resume = (upload: LiveUpload) => {
    const { record } = upload;
    // What the server had is gone: it is sent again.
    if (record.problem?.code === "not-found") {
      delete record.attachment;
      delete record.place;
    }
    delete record.paused;
    delete record.problem;
    become(upload, "waiting");
    void save(upload.parcel).catch(() => {});
    void drive(upload);
  };

  /** Nobody needs it on the server; what stays there all the same is swept away in time. */
  const release = ({ attachment, place }: UploadRecord) => {
    const addresses = place === undefined ? [] : "url" in place ? [place.url] : place.parts;
    const ids = attachment !== undefined
      ? [attachment.id]
      : addresses.map((address) => address.slice(address.lastIndexOf("/") + 1));
    for (const id of ids) client.files.release(id).catch(() => {});
  };

  return {
    look: async () => {
      if (account !== undefined) await look(account);
    },
    add: (conversation, files, extras = {}) => {
      const parcel = draftOf(conversation);
      const taken = files.slice(0, Math.max(0, LIMITS.attachments - (parcel?.uploads.length ?? 0)));
      if (taken.length > 0) put(parcel ?? begin(conversation), taken, extras);
      return files.length - taken.length;
    },
    send: (conversation, text, options) => {
      const parcel = draftOf(conversation);
      if (parcel === undefined) throw new Error("there is no file to be sent");
      Object.assign(parcel.record, {
        sent: { text, options },
        at: new Date(timers.now()).toISOString(),
      });
      show();
      void save(parcel).catch(() => {});
      void ship(parcel);
    },
    sendFile: (conversation, file, options, extras = {}) => {
      const parcel = begin(conversation);
      parcel.record.sent = { text: "", options };
      put(parcel, [file], extras);
    },
    cancel: (id) => {
      const parcel = live.get(id);
      const sent = parcel?.record.sent;
      if (parcel === undefined || sent === undefined || parcel.leaving) return undefined;
      const draft = draftOf(parcel.record.conversation);
      delete parcel.record.sent;
      if (draft !== undefined) {
        for (const upload of draft.uploads) upload.parcel = parcel;
        parcel.uploads.push(...draft.uploads);
        live.delete(draft.record.id);
        // Its files are the other's now.
        void storage.remove({ ...draft.record, uploads: [] }).catch(() => {});
        draft.letGo();
      }
      show();
      void save(parcel).catch(() => {});
      return sent;
    },
    remove: (id) => {
      const upload = find(id);
      if (upload === undefined || upload.parcel.leaving) return;
      const { parcel, record } = upload;
      end(upload);
      release(record);
      parcel.uploads = parcel.uploads.filter((each) => each !== upload);
      if (parcel.uploads.length === 0) {
        void drop({ ...parcel, uploads: [upload] });
        return;
      }
      show();
      void save(parcel, undefined, [record.id]).catch(() => {});
      void ship(parcel);
    },
    pause: (id) => {
      const upload = find(id);
      if (upload?.running === undefined) return;
      stop(upload);
      upload.record.paused = true;
      become(upload, "paused");
      void save(upload.parcel).catch(() => {});
    },
    resume: (id) => {
      const upload = find(id);
      if (upload !== undefined && upload.running === undefined) resume(upload);
    },
    choose: async (id, file) => {
      const upload = find(id);
      if (upload === undefined || upload.running !== undefined) return;
      const { record } = upload;
      const running = upload.running = new AbortController();
      become(upload, "reading");
      const same = record.size === file.size &&
        (record.sha256 === undefined || record.sha256 === await hashed(upload, file, running));
      if (running.signal.aborted) return;
      upload.running = undefined;
      if (!same && !GONE.has(record.problem?.code ?? "")) {
        record.problem = { code: "other-file" };
        become(upload, "missing");
        return;
      }
      if (!same) {
        if (upload.preview !== undefined) URL.revokeObjectURL(upload.preview);
        upload.preview = undefined;
        upload.record = { ...newRecord(file), id };
      }
      upload.file = file;
      resume(upload);
      void keep([upload]);
    },
  };

  async function hashed(upload: LiveUpload, file: Blob, { signal }: AbortController) {
    const tell = (done: number) => void (upload.done.value = done);
    return await parts.reading.hash(file, tell, signal).catch(() => undefined);
  }
}

/** Problems of a file after which there may be no such one any more: another takes its place. */
const GONE: ReadonlySet<string> = new Set(["unreadable", "expired"]);

function lockOf(parcel: Id): string {
  return `parley-upload ${parcel}`;
}
