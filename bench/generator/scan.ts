/** Reads single fields out of a frame's bytes: parsing all of it would cost more than the rest. */

/** The bytes of `"clientId":"`, of `"seq":` and of `"type":"message"`. */
const CLIENT_ID = bytesOf('"clientId":"');
const SEQ = bytesOf('"seq":');
const MESSAGE = bytesOf('{"type":"message"');

export function isMessage(payload: Uint8Array): boolean {
  return startsAt(payload, MESSAGE, 0);
}

/** The number that the last 12 hexadecimal digits of a message's `clientId` are; -1 without one. */
export function clientNumber(payload: Uint8Array): number {
  const at = indexOf(payload, CLIENT_ID);
  if (at < 0) return -1;
  let number = 0;
  for (let index = at + 24; index < at + 36; index++) {
    const byte = payload[index] ?? 0;
    number = number * 16 + (byte < 0x3a ? byte - 0x30 : byte - 0x57);
  }
  return number;
}

/** The first `seq` in the frame; 0 without one. */
export function seqOf(payload: Uint8Array): number {
  const at = indexOf(payload, SEQ);
  let number = 0;
  for (let index = at; at > 0 && index < payload.length; index++) {
    const digit = (payload[index] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  return number;
}

/** Where `wanted` ends in `payload`, or -1. Every wanted text begins with a quote and a letter. */
function indexOf(payload: Uint8Array, wanted: Uint8Array): number {
  const last = payload.length - wanted.length;
  for (let at = 0; at <= last; at++) {
    if (payload[at + 1] === wanted[1] && startsAt(payload, wanted, at)) return at + wanted.length;
  }
  return -1;
}

function startsAt(payload: Uint8Array, wanted: Uint8Array, at: number): boolean {
  for (let index = 0; index < wanted.length; index++) {
    if (payload[at + index] !== wanted[index]) return false;
  }
  return true;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
