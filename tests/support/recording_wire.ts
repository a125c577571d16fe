import { openWebSocket, type OpenWire } from "../../client/transport.ts";
import type { Id } from "../../lib/protocol/model.ts";

/** What the server acknowledged: by `clientId`, where it said the message stands. */
export type Acknowledged = Map<Id, { conversation: Id; seq: number }>;

/** A real socket that writes down every acknowledgement as it arrives. */
export function recordAcknowledged(into: Acknowledged): OpenWire {
  return (url, protocols, listener) => {
    const asked = new Map<number, { conversation: Id; clientId: Id }>();
    const wire = openWebSocket(url, protocols, {
      ...listener,
      text: (data) => {
        const frame = JSON.parse(data);
        const send = frame.type === "ok" ? asked.get(frame.ref) : undefined;
        if (send !== undefined) {
          into.set(send.clientId, { conversation: send.conversation, seq: frame.seq });
        }
        listener.text(data);
      },
    });
    return {
      ...wire,
      send: (text) => {
        const frame = JSON.parse(text);
        if (frame.type === "message.send") asked.set(frame.ref, frame);
        wire.send(text);
      },
    };
  };
}
