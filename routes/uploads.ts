/** Files on their way here, by the tus protocol (https://tus.io, 1.0.0). */
import { type Context, Hono } from "hono";
import { AppError } from "../lib/errors.ts";
import { CHECKSUM_ALGORITHMS, readChecksum } from "../lib/files/uploads/checksum.ts";
import { idOfWhole, readConcatenation } from "../lib/files/uploads/concatenation.ts";
import { readMetadata } from "../lib/files/uploads/metadata.ts";
import { answerTus } from "../lib/files/uploads/tus_answer.ts";
import { TusStore } from "../lib/files/uploads/tus_store.ts";
import { idParam } from "../lib/http/validate.ts";
import { newId } from "../lib/ids.ts";
import type { Id } from "../lib/protocol/model.ts";
import { readWholeSize } from "../lib/sql/files/finish.ts";
import {
  beginWriting,
  createUpload,
  putTogether,
  readUpload,
  refuseTooLarge,
  removeUpload,
  type Upload,
} from "../lib/sql/files/uploads.ts";
import { sessionIsLive } from "../lib/sql/sessions.ts";
import { atMost, realTimers } from "../lib/timers.ts";
import type { Env, Gate } from "./context.ts";
import { noSuchFile } from "./no_such_file.ts";
import type { SignedIn } from "./signed_in.ts";

const VERSION = "1.0.0";
const PATH = "/api/v1/files";
const BYTES = "application/offset+octet-stream";
const EXTENSIONS = [
  ...["creation", "creation-with-upload", "checksum", "termination", "expiration"],
  "concatenation",
].join(",");

/**
 * Milliseconds for which an answer waits until a file that has come is looked at: for the one who sent
 * it, and for who only asks.
 */
const SENDER_WAITS = 5 * 60_000;
const ASKER_WAITS = 20_000;

export function uploads(gate: Gate, signedIn: SignedIn) {
  const { config, sql, uploads } = gate;

  /** An upload that is whole is a file before anybody hears that it is whole. */
  const finishIfWhole = async (owner: Id, id: Id, patience: number): Promise<void> => {
    const upload = await readUpload(sql, owner, id);
    if (upload === undefined || upload.partial || upload.received < upload.size) return;
    const finished = uploads.finishing.finish(upload);
    let over = false;
    // How it ends is told to whoever still waits.
    const ended = finished.then(() => void (over = true), () => void (over = true));
    await atMost(realTimers, patience, ended);
    if (over) {
      await finished;
      // It may have been ended meanwhile, here or elsewhere.
      if (await readWholeSize(sql, owner, id) === undefined) throw noSuchFile();
      return;
    }
    throw new AppError("unavailable", "all of it has come, and is still being looked at", {
      retryAfter: 5,
    });
  };

  const mayGoOn = (c: Context<Env>) => async () => {
    if (await sessionIsLive(sql, c.get("access").session)) return;
    throw new AppError("unauthenticated", "this session has ended; sign in again");
  };

  /** Hands what comes to the package, with a writer of this request's own. */
  const write = async (
    c: Context<Env>,
    id: Id,
    upload: Upload | undefined,
    create: (size: number) => Promise<void> = refuseCreation,
  ): Promise<Response> => {
    const checksum = readChecksum(c.req.header("upload-checksum"));
    const owner = c.get("access").user;
    const writer = newId();
    const task = () =>
      uploads.writers.write(id, async (signal) => {
        // Whoever wrote before has ended by now, and what they had counts.
        const now = upload === undefined ? undefined : await readUpload(sql, owner, id);
        if (upload !== undefined && now === undefined) throw noSuchFile();
        let size = 0;
        const store = new TusStore({
          id,
          upload: now,
          create: (length) => create(size = length),
          write: async (offset) => {
            if (!await beginWriting(sql, { id, writer, offset })) {
              throw new AppError("conflict", "the upload has another offset; ask for it");
            }
            const receiving = { upload: id, writer, offset, checksum, mayGoOn: mayGoOn(c) };
            // Whoever is refused in the middle of it hears why.
            const bytes = c.env.incoming.iterator({ destroyOnReturn: false });
            const most = (now?.size ?? size) - offset;
            return await uploads.receive(receiving, bytes, { most, signal });
          },
        });
        return await answerTus(c.req.raw, store, PATH);
      });
    // Who brings nothing takes no turn from who does.
    if (c.req.header("content-type") !== BYTES) return await task();
    // The one before it may have this person's last turn, and nobody at its other end any more.
    await uploads.writers.end(id);
    return await uploads.inTurn(owner, task);
  };

  const expiry = (c: Context<Env>, upload: Upload | undefined) => {
    if (upload === undefined || upload.received === upload.size) return;
    c.header("upload-expires", new Date(upload.expiresAt).toUTCString());
  };

  const own = async (c: Context<Env>): Promise<Upload> => {
    const id = idParam(c.req.param("id") ?? "");
    const owner = c.get("access").user;
    const upload = await readUpload(sql, owner, id);
    if (upload !== undefined) return upload;
    if (await readWholeSize(sql, owner, id) === undefined) throw noSuchFile();
    throw new AppError("conflict", "this file is whole already");
  };

  const create = async (c: Context<Env>): Promise<Response> => {
    speakTus(c);
    const owner = c.get("access").user;
    const metadata = c.req.header("upload-metadata");
    const concatenation = readConcatenation(c.req.header("upload-concat"));
    const partial = concatenation !== undefined && "partial" in concatenation;
    const said = { ...readMetadata(metadata, partial), metadata: metadata ?? "", owner };
    if (concatenation !== undefined && !partial) {
      const id = idOfWhole(owner, concatenation.parts);
      await putTogether(sql, { ...said, id }, concatenation.parts, config.largestFile);
      await finishIfWhole(owner, id, SENDER_WAITS);
      return c.body(null, 201, { location: `${PATH}/${id}` });
    }
    const length = c.req.header("upload-length") ?? "";
    // The package's own words for it have no figure. What is no number it judges.
    if (/^\d+$/.test(length)) refuseTooLarge(length, config.largestFile);
    const id = newId();
    let created = false;
    try {
      const response = await write(c, id, undefined, async (size) => {
        await createUpload(sql, { ...said, id, size, partial }, config.quota);
        created = true;
      });
      expiry(c, await readUpload(sql, owner, id));
      await finishIfWhole(owner, id, SENDER_WAITS);
      return relay(c, response);
    } catch (error) {
      // Nobody was told where it is, so nobody goes on with it. What cannot be removed is swept away.
      if (created) await removeUpload(sql, owner, id).catch(() => {});
      throw error;
    }
  };

  const go = async (c: Context<Env>): Promise<Response> => {
    speakTus(c);
    const type = c.req.header("content-type");
    if (type !== BYTES) throw new AppError("unsupported", `a PATCH is ${BYTES}, not ${type}`);
    const upload = await own(c);
    if (upload.parts !== null) {
      throw new AppError("forbidden", "nothing can be added to what was put together");
    }
    const response = await write(c, upload.id, upload);
    expiry(c, await readUpload(sql, upload.owner, upload.id));
    await finishIfWhole(upload.owner, upload.id, SENDER_WAITS);
    return relay(c, response);
  };

  /** How far it is. Whoever still sends it from here is ended: their connection may be long gone. */
  const ask = async (c: Context<Env>): Promise<Response> => {
    speakTus(c);
    const id = idParam(c.req.param("id") ?? "");
    const owner = c.get("access").user;
    if (await readUpload(sql, owner, id) !== undefined) {
      await uploads.writers.end(id);
      await finishIfWhole(owner, id, ASKER_WAITS);
    }
    const upload = await readUpload(sql, owner, id);
    if (upload === undefined) {
      const size = await readWholeSize(sql, owner, id);
      if (size === undefined) throw noSuchFile();
      return c.body(null, 200, { "upload-offset": `${size}`, "upload-length": `${size}` });
    }
    const work = { id, upload, create: refuseCreation, write: refuseCreation };
    const response = await answerTus(c.req.raw, new TusStore(work), PATH);
    expiry(c, upload);
    if (upload.partial) c.header("upload-concat", "partial");
    return relay(c, response);
  };

  const letIn = signedIn({ long: true });
  return new Hono<Env>()
    .options("/", (c) => {
      c.header("tus-version", VERSION);
      c.header("tus-resumable", VERSION);
      c.header("tus-extension", EXTENSIONS);
      c.header("tus-max-size", String(config.largestFile));
      c.header("tus-checksum-algorithm", CHECKSUM_ALGORITHMS.join(","));
      return c.body(null, 204);
    })
    .post("/", letIn, create)
    .patch("/:id", letIn, go)
    .delete("/:id", letIn, async (c, next) => {
      const id = idParam(c.req.param("id"));
      const owner = c.get("access").user;
      if (await readUpload(sql, owner, id) === undefined) return await next();
      await removeUpload(sql, owner, id);
      await uploads.writers.end(id);
      c.header("tus-resumable", VERSION);
      return c.body(null, 204);
    })
    // For what does not speak tus a HEAD is like a GET.
    .use("/:id", async (c, next) => {
      const speaks = c.req.method === "HEAD" && c.req.header("tus-resumable") !== undefined;
      if (!speaks) return await next();
      await letIn(c, async () => void (c.res = await ask(c)));
    });
}

/** Every answer says that tus is spoken, refusals as well. */
function speakTus(c: Context<Env>): void {
  c.header("tus-resumable", VERSION);
  if (c.req.header("tus-resumable") === VERSION) return;
  c.header("tus-version", VERSION);
  throw new AppError(
    "conflict",
    `uploads speak tus: the header Tus-Resumable has to be ${VERSION}`,
    {
      status: 412,
    },
  );
}

function relay(c: Context<Env>, response: Response): Response {
  for (const [name, value] of response.headers) {
    if (name !== "content-length" && name !== "content-type") c.header(name, value);
  }
  return c.body(null, response.status as 200 | 201 | 204);
}

function refuseCreation(): Promise<never> {
  throw new Error("this request neither creates nor writes");
}
