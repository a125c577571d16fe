import { Buffer } from "node:buffer";

/**
 * What a client of PostgreSQL says, cut into what can be executed at once (version 3 of the
 * protocol, PostgreSQL documentation chapter 55).
 */
export interface ClientMessages {
  add(data: Buffer): void;
  /** The next part that is there as a whole. */
  take(): Part | undefined;
}

export type Part =
  | { kind: "startup"; messages: Uint8Array; applicationName: string | undefined }
  /** Messages up to the first that wants an answer. */
  | { kind: "request"; messages: Uint8Array }
  /** An encrypted connection is asked for. */
  | { kind: "encryption" }
  | { kind: "end" };

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;
const TERMINATE = 0x58;

/**
 * Query, Sync, Flush, FunctionCall, CopyDone, CopyFail. No further: a client may send a hundred
 * statements at once, and others want their turn between them. And no less: whoever takes a turn
 * should not wait in it for the rest of a statement to arrive.
 */
const ENDS_PART = new Set([..."QSHFcf"].map((type) => type.charCodeAt(0)));

export function createClientMessages(): ClientMessages {
  let received = Buffer.alloc(0);
  /** Up to where `received` was looked at: a long statement arrives in many pieces. */
  let seen = 0;
  let started = false;

  const cut = (end: number): Uint8Array => {
    const messages = new Uint8Array(received.subarray(0, end));
    received = received.subarray(end);
    seen = 0;
    return messages;
  };

  const takeFirst = (): Part | undefined => {
    while (received.length >= 8) {
      const length = received.readInt32BE(0);
      if (received.length < length) return undefined;
      const code = received.readInt32BE(4);
      const messages = cut(length);
      if (code === SSL_REQUEST || code === GSS_REQUEST) return { kind: "encryption" };
      // Nothing runs long enough here to be cancelled.
      if (code === CANCEL_REQUEST) continue;
      started = true;
      return {
        kind: "startup",
        messages,
        applicationName: parameter(messages, "application_name"),
      };
    }
    return undefined;
  };

  return {
    add: (data) => void (received = Buffer.concat([received, data])),
    take: () => {
      if (!started) return takeFirst();
      while (received.length - seen >= 5) {
        const type = received[seen] ?? 0;
        const end = seen + 1 + received.readInt32BE(seen + 1);
        if (type === TERMINATE) {
          cut(received.length);
          return { kind: "end" };
        }
        if (received.length < end) return undefined;
        if (ENDS_PART.has(type)) return { kind: "request", messages: cut(end) };
        seen = end;
      }
      return undefined;
    },
  };
}

/** Of a startup message: length, version, then names and values, each ended by a zero. */
function parameter(startup: Uint8Array, name: string): string | undefined {
  const words = new TextDecoder().decode(startup.subarray(8)).split("\0");
  const at = words.findIndex((word, index) => index % 2 === 0 && word === name);
  return at < 0 ? undefined : words[at + 1];
}
