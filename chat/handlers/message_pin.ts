import type { Handler } from "./handler.ts";

/** Pins a message where everybody in the conversation finds it, or takes the pin out. */
export const messagePin: Handler<"message.pin"> = ({ appender }, { user }, frame) => {
  const { conversation, seq, on } = frame;
  return appender.change({ conversation, seq, person: user, action: { do: "pin", on } });
};
