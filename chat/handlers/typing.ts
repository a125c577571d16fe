import type { Handler } from "./handler.ts";

/** Tells the others that the person is writing, or no longer. It is in no log, and may be lost. */
export const typing: Handler<"typing"> = async ({ typists }, session, { conversation, on }) => {
  await typists.type(session.user, conversation, on);
  return {};
};
