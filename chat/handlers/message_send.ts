import type { Handler } from "./handler.ts";

/** Stores a message; answered after the commit. Membership is checked where it is stored. */
export const messageSend: Handler<"message.send"> = ({ appender }, session, frame) => {
  const { conversation, clientId, text, replyTo, mentions, mentionsAll, attachments } = frame;
  return appender.append({
    conversation,
    sender: session.user,
    clientId,
    text,
    replyTo,
    mentions,
    mentionsAll,
    attachments,
    connection: session.connection,
  });
};
