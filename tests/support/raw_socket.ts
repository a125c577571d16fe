/** A WebSocket client that does what it is told, also what RFC 6455 forbids. */
import { within } from "./deadline.ts";

export type RawAnswer = { status: number; headers: Headers };
export type RawFrame = { opcode: number; payload: Uint8Array };

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface RawSocket extends Disposable {
  write(bytes: Uint8Array): Promise<void>;
  /** Says that nothing more will be sent. */
  finish(): Promise<void>;
  /** The head of the answer to the request. */
  answer(): Promise<RawAnswer>;
  /** The rest of what comes until the other side ends the connection. */
  rest(): Promise<string>;
  /** The next frame; undefined when the connection ends first. */
  frame(): Promise<RawFrame | undefined>;
}

export async function openRaw(port: number, request: string): Promise<RawSocket> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  let buffered = new Uint8Array();
  const more = async (): Promise<boolean> => {
    const chunk = new Uint8Array(64 * 1024);
    // A reset is an end as well.
    const count = await within(connection.read(chunk), "reading").catch((error) => {
      if (error instanceof Deno.errors.ConnectionReset) return null;
      throw error;
    });
    if (count === null) return false;
    buffered = joined(buffered, chunk.subarray(0, count));
    return true;
  };
  const take = async (count: number): Promise<Uint8Array | undefined> => {
    while (buffered.length < count) if (!await more()) return undefined;
    const taken = buffered.subarray(0, count);
    buffered = buffered.subarray(count);
    return taken;
  };
  const write = async (bytes: Uint8Array) => {
    let rest = bytes;
    while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
  };
  await write(new TextEncoder().encode(request));

  return {
    write,
    finish: async () => await connection.closeWrite().catch(() => {}),
    answer: async () => {
      const decoder = new TextDecoder("latin1");
      let end: number;
      while ((end = decoder.decode(buffered).indexOf("\r\n\r\n")) < 0) {
        if (!await more()) throw new Error("the connection ended before an answer");
      }
      const [first = "", ...lines] = decoder.decode(buffered.subarray(0, end)).split("\r\n");
      buffered = buffered.subarray(end + 4);
      const headers = new Headers(
        lines.map((line): [string, string] => {
          const colon = line.indexOf(":");
          return [line.slice(0, colon), line.slice(colon + 1)];
        }),
      );
      return { status: Number(first.split(" ")[1]), headers };
    },
    rest: async () => {
      while (await more());
      return new TextDecoder().decode(buffered);
    },
    frame: async () => {
      const head = await take(2);
      if (head === undefined) return undefined;
      const short = (head[1] ?? 0) & 0x7f;
      const extra = short < 126 ? undefined : await take(short === 126 ? 2 : 8);
      const length = extra === undefined
        ? short
        : extra.reduce((number, byte) => number * 256 + byte, 0);
      const payload = await take(length);
      return payload && { opcode: (head[0] ?? 0) & 0x0f, payload };
    },
    [Symbol.dispose]: () => {
      try {
        connection.close();
      } catch {
        // The runtime closed it after a reset.
      }
    },
  };
}

/** The request for a WebSocket, with what `headers` adds. */
export function upgradeRequest(path: string, headers: Record<string, string> = {}): string {
  const all = {
    "Host": "127.0.0.1",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "cGFybGV5IHRlc3Qga2V5IQ==",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** A client's frame; masked as clients have to, unless `masked` is false. */
export function rawFrame(
  opcode: number,
  payload: string | Uint8Array,
  { fin = true, masked = true, reserved = 0 }: {
    fin?: boolean;
    masked?: boolean;
    reserved?: number;
  } = {},
): Uint8Array {
  const data = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const short = data.length < 126 ? data.length : data.length < 65_536 ? 126 : 127;
  const head = [(fin ? 0x80 : 0) | (reserved << 4) | opcode, (masked ? 0x80 : 0) | short];
  const size = new DataView(new ArrayBuffer(short === 126 ? 2 : short === 127 ? 8 : 0));
  if (short === 126) size.setUint16(0, data.length);
  if (short === 127) size.setBigUint64(0, BigInt(data.length));
  // A mask of zeros changes nothing and is a mask all the same.
  const mask = new Uint8Array(masked ? 4 : 0);
  return joined(new Uint8Array(head), new Uint8Array(size.buffer), mask, data);
}

export function closeCode(frame: RawFrame | undefined): number | undefined {
  if (frame?.opcode !== OPCODE.close || frame.payload.length < 2) return undefined;
  return new DataView(frame.payload.buffer, frame.payload.byteOffset).getUint16(0);
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
