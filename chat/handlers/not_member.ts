import { AppError } from "../../lib/errors.ts";

/** The same for a conversation that does not exist, so that nobody can probe for ids. */
export function notMember(): AppError {
  return new AppError("not-member", "there is no such conversation, or you are not in it");
}
