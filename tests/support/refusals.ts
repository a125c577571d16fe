import assert from "node:assert/strict";
import { AppError } from "../../lib/errors.ts";
import type { ErrorCode } from "../../lib/protocol/codes.ts";

/** Waits until `doing` is refused by `code`; the answer is the error. */
export async function refused(code: ErrorCode, doing: Promise<unknown>): Promise<AppError> {
  try {
    const answer = await doing;
    return assert.fail(`expected ${code}, but it was done: ${JSON.stringify(answer)}`);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    assert.equal(error.code, code, error.message);
    return error;
  }
}
