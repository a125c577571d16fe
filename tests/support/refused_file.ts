import assert from "node:assert/strict";
import { AppError } from "../../lib/errors.ts";

/** For `assert.rejects`: what a sender is told of a file that is not taken. */
export function refused(code: "unsupported" | "too-large", message: RegExp) {
  return (error: unknown): true => {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  };
}
