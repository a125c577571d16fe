import type { Handler } from "./handler.ts";

/** Takes a message back: of one's own for a while, of others' for admins. A tombstone stays. */
export const messageRecall: Handler<"message.recall"> = ({ appender }, { user }, frame) => {
  const { conversation, seq } = frame;
  return appender.change({ conversation, seq, person: user, action: { do: "recall" } });
};
