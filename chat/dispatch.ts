import { AppError } from "../lib/errors.ts";
import { isTooDeep } from "../lib/json_depth.ts";
import type { Log } from "../lib/log.ts";
import { LIMITS } from "../lib/protocol/codes.ts";
import { type ClientFrame, ClientFrames, type ClientFrameType } from "../lib/protocol/frames.ts";
import { readPlainSend } from "../lib/protocol/plain_send.ts";
import { isAway } from "../lib/sql/failures.ts";
import type { Services } from "./handlers/handler.ts";
import { handlers } from "./handlers/mod.ts";
import type { Pending, Session } from "./session.ts";

/** Milliseconds after which an unanswered frame is answered with `timeout`. */
export const ANSWER_WITHIN = 30_000;

/**
 * Handles one frame of a client. Every frame with a `ref` is answered exactly once, whatever
 * happens; this never throws and never rejects.
 */
export type Dispatch = (session: Session, text: string) => void;

export function createDispatch(services: Services, log: Log): Dispatch {
  return (session, text) => {
    const raw = parse(text);
    const wait = session.admit(isMessage(raw?.type));
    const ref = refOf(raw);
    if (wait > 0) {
      const error = new AppError("rate-limited", "too many frames; slow down", {
        retryAfter: wait,
      });
      return answerError(session, ref ?? null, error);
    }
    if (raw === undefined) {
      const message = `a frame is one JSON object, at most ${LIMITS.jsonDepth} deep`;
      return answerError(session, null, new AppError("invalid", message));
    }
    const pending: Pending = { ref, since: services.clock.now() };
    session.pending.add(pending);
    const ok = (answer: object) => {
      if (settles(session, pending)) answerOk(session, ref, answer);
    };
    const failed = (error: unknown) => {
      if (!settles(session, pending)) return;
      const refusal = known(error, raw.type);
      const { session: id } = session;
      log.debug("frame.refused", { session: id, type: shownType(raw.type), code: refusal.code });
      answerError(session, ref ?? null, refusal);
    };
    try {
      const answer = handle(services, session, raw);
      if (answer instanceof Promise) answer.then(ok, failed);
      else ok(answer);
    } catch (error) {
      failed(error);
    }
  };

  /** What is not an AppError is our fault: logged in full, told in general. */
  function known(error: unknown, type: unknown): AppError {
    if (error instanceof AppError) return error;
    if (isAway(error)) {
      return new AppError("unavailable", "the database cannot be used now", { retryAfter: 1 });
    }
    log.error("frame.failed", { type: shownType(type), error });
    return new AppError("internal", "something went wrong here; try again");
  }
}

/** Answers frames that waited too long. Their work goes on; its outcome is dropped. */
export function answerOverdue(session: Session, now: number): void {
  for (const pending of session.pending) {
    if (now - pending.since < ANSWER_WITHIN) break;
    if (!settles(session, pending)) continue;
    const error = new AppError("timeout", "this took too long; it may have been done");
    answerError(session, pending.ref ?? null, error);
  }
}

/** For the log: what is no type may be anything that somebody wrote. */
function shownType(type: unknown): string {
  return typeof type === "string" && Object.hasOwn(ClientFrames, type) ? type : "unknown";
}

/** What everybody in a conversation is told of has the limit of messages. */
function isMessage(type: unknown): boolean {
  return typeof type === "string" && type.startsWith("message.");
}

type RawFrame = { readonly [field: string]: unknown };

/** Not `async`: the handler begins before this returns, which keeps frames in their order. */
function handle(services: Services, session: Session, raw: RawFrame): object | Promise<object> {
  const plain = readPlainSend(raw);
  if (plain !== undefined) return handlers["message.send"](services, session, plain);
  const type = frameType(raw.type);
  return run(services, session, type, validate(type, raw));
}

function run<T extends ClientFrameType>(
  services: Services,
  session: Session,
  type: T,
  frame: ClientFrame<T>,
): object | Promise<object> {
  return handlers[type](services, session, frame);
}

function parse(text: string): RawFrame | undefined {
  if (isTooDeep(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? value as RawFrame : undefined;
  } catch {
    return undefined;
  }
}

function refOf(raw: RawFrame | undefined): number | undefined {
  const ref = raw?.ref;
  return typeof ref === "number" && Number.isSafeInteger(ref) && ref > 0 ? ref : undefined;
}

function frameType(type: unknown): ClientFrameType {
  if (typeof type === "string" && Object.hasOwn(ClientFrames, type)) return type as ClientFrameType;
  throw new AppError("invalid", `there is no frame of the type ${JSON.stringify(type) ?? "none"}`);
}

function validate<T extends ClientFrameType>(type: T, raw: RawFrame): ClientFrame<T> {
  const parsed = ClientFrames[type].safeParse(raw);
  if (parsed.success) return parsed.data as ClientFrame<T>;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join(".") ?? "";
  throw new AppError("invalid", `${path && `${path}: `}${issue?.message ?? "not valid"}`);
}

/** Whether this is the frame's one answer. */
function settles(session: Session, pending: Pending): boolean {
  return session.pending.delete(pending);
}

function answerOk(session: Session, ref: number | undefined, answer: object): void {
  const type = "type" in answer ? answer.type : "ok";
  // Without a `ref` only what has a type of its own can be told from the rest.
  if (ref === undefined && type === "ok") return;
  session.send(JSON.stringify({ ...answer, type, ref }));
}

function answerError(session: Session, ref: number | null, error: AppError): void {
  const { code, message, retryAfter } = error;
  session.send({
    type: "error",
    ref,
    code,
    message,
    ...(retryAfter !== undefined && { retryAfter: Math.ceil(retryAfter) }),
  });
}
