import type { Handler } from "./handler.ts";

/** Puts a reaction on a message, or takes it off. */
export const messageReact: Handler<"message.react"> = ({ appender }, { user }, frame) => {
  const { conversation, seq, emoji, on } = frame;
  return appender.change({ conversation, seq, person: user, action: { do: "react", emoji, on } });
};
