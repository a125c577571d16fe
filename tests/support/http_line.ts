/** An HTTP/1.1 connection that sends any bytes, and reads answers one after the other. */
import { within } from "./deadline.ts";

export type HttpAnswer = { status: number; headers: Headers; body: string };

export interface HttpLine extends Disposable {
  write(bytes: Uint8Array): Promise<void>;
  /** Says that nothing more will be sent. */
  finish(): Promise<void>;
  /** The next answer; undefined when the server ends the connection before one. */
  answer(): Promise<HttpAnswer | undefined>;
}

const PATIENCE = 30_000;

export async function openHttpLine(port: number): Promise<HttpLine> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  // A byte is a character here, so that positions in the text are positions in the bytes.
  const latin1 = new TextDecoder("latin1");
  const chunk = new Uint8Array(64 * 1024);
  let buffered = "";
  const more = async (): Promise<boolean> => {
    const count = await within(connection.read(chunk), "an answer", PATIENCE).catch((error) => {
      // A reset is an end as well.
      if (error instanceof Deno.errors.ConnectionReset) return null;
      throw error;
    });
    if (count !== null) buffered += latin1.decode(chunk.subarray(0, count));
    return count !== null;
  };
  /** Everything up to and with `end`; undefined if the connection ends before it. */
  const takeUntil = async (end: string): Promise<string | undefined> => {
    let at: number;
    while ((at = buffered.indexOf(end)) < 0) if (!await more()) return undefined;
    return take(at + end.length);
  };
  const take = async (count: number): Promise<string | undefined> => {
    while (buffered.length < count) if (!await more()) return undefined;
    const taken = buffered.slice(0, count);
    buffered = buffered.slice(count);
    return taken;
  };
  const takeChunks = async (): Promise<string | undefined> => {
    let body = "";
    while (true) {
      const size = parseInt(await takeUntil("\r\n") ?? "", 16);
      const part = Number.isNaN(size) ? undefined : await take(size + 2);
      if (part === undefined) return undefined;
      if (size === 0) return body;
      body += part.slice(0, -2);
    }
  };

  return {
    write: async (bytes) => {
      let rest = bytes;
      try {
        while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
      } catch {
        // The server may refuse before it has read all of it; its answer says why.
      }
    },
    finish: async () => await connection.closeWrite().catch(() => {}),
    answer: async () => {
      const head = await takeUntil("\r\n\r\n");
      if (head === undefined) return undefined;
      const [first = "", ...lines] = head.trimEnd().split("\r\n");
      const headers = new Headers(
        lines.map((line): [string, string] => {
          const colon = line.indexOf(":");
          return [line.slice(0, colon), line.slice(colon + 1)];
        }),
      );
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
      if (Number.isNaN(status)) throw new Error(`not an answer: ${first}`);
      const chunked = headers.get("transfer-encoding") === "chunked";
      const empty = status === 204 || status === 304 || status < 200;
      const body = chunked
        ? await takeChunks()
        : await take(empty ? 0 : Number(headers.get("content-length") ?? 0));
      return body === undefined ? undefined : { status, headers, body };
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
