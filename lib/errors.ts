import { ERROR_STATUS, type ErrorCode } from "./protocol/codes.ts";
import type { Challenge } from "./protocol/model.ts";

export type FieldProblem = { path: string; message: string };

/**
 * An error that a client may be told about. The message is written for the person who reads it and
 * never carries a secret; anything else that is thrown reaches clients as a bare `internal`.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldProblem[] | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;
  /** What opens the way before `retryAfter` is over. */
  readonly challenge: Challenge | undefined;
  /** Why a session ended: for who holds its token, and nobody else. */
  readonly because: string | undefined;
  /** Where a protocol that is spoken here has one of its own. */
  readonly ownStatus: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    more: {
      errors?: readonly FieldProblem[];
      retryAfter?: number;
      challenge?: Challenge;
      because?: string;
      status?: number;
    } = {},
  ) {
    super(message);
    this.name = "AppError";
    this.code = code;
    this.errors = more.errors;
    this.retryAfter = more.retryAfter;
    this.challenge = more.challenge;
    this.because = more.because;
    this.ownStatus = more.status;
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }
}

/** The same for a conversation that does not exist, so that nobody can probe for ids. */
export function notMember(): AppError {
  return new AppError("not-member", "there is no such conversation, or you are not in it");
}

/**
 * What is said, or asked, to somebody who is no contact. The same words for a block, so that nobody
 * learns of one.
 */
export function notDelivered(): AppError {
  return new AppError(
    "not-contact",
    "not delivered: you can write only to people who are your contacts",
  );
}

/** What stops a start: told to the operator in one line, without a stack. */
export class StartError extends Error {
  override name = "StartError";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
