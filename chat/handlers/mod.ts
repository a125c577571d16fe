/** The table of client frames: each type and the function that handles it. */
import type { ClientFrameType } from "../../lib/protocol/frames.ts";
import { conversationHistory } from "./conversation_history.ts";
import { conversationSync } from "./conversation_sync.ts";
import type { Handler } from "./handler.ts";
import { messageEdit } from "./message_edit.ts";
import { messagePin } from "./message_pin.ts";
import { messageReact } from "./message_react.ts";
import { messageRecall } from "./message_recall.ts";
import { messageSend } from "./message_send.ts";
import { ping } from "./ping.ts";
import { presenceSet } from "./presence_set.ts";
import { presenceWatch } from "./presence_watch.ts";
import { receiptDelivered } from "./receipt_delivered.ts";
import { receiptRead } from "./receipt_read.ts";
import { typing } from "./typing.ts";

export const handlers: { readonly [T in ClientFrameType]: Handler<T> } = {
  "message.send": messageSend,
  "message.edit": messageEdit,
  "message.recall": messageRecall,
  "message.react": messageReact,
  "message.pin": messagePin,
  "conversation.sync": conversationSync,
  "conversation.history": conversationHistory,
  "receipt.read": receiptRead,
  "receipt.delivered": receiptDelivered,
  "typing": typing,
  "presence.watch": presenceWatch,
  "presence.set": presenceSet,
  "ping": ping,
};
