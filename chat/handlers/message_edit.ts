import type { Handler } from "./handler.ts";

/** Replaces the text of one's own message. */
export const messageEdit: Handler<"message.edit"> = ({ appender }, { user }, frame) => {
  const { conversation, seq, text } = frame;
  return appender.change({ conversation, seq, person: user, action: { do: "edit", text } });
};
