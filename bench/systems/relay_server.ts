/**
 * The relay that everything is held against: it speaks just enough of the wire contract for the
 * load generator, and does nothing that Parley promises but (with a database) storing before it
 * answers. Arguments: the path of its conversations' members, and a database's address or nothing.
 */
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import { setImmediate } from "node:timers";
import postgres from "postgres";
import { type WebSocket, WebSocketServer } from "ws";

type Send = { ref: number; conversation: string; clientId: string; text: string };
type Entry = { send: Send; sender: string; socket: WebSocket; at: string };

const LANES = 4;
const MAX_BATCH = 500;

const [topology = "", url] = Deno.args;
const members = new Map<string, string[]>(JSON.parse(await Deno.readTextFile(topology)));
const sockets = new Map<string, WebSocket>();
const seqs = new Map<string, number>();

function relay({ send, sender, socket, at }: Entry): void {
  const { ref, conversation, clientId, text } = send;
  const seq = (seqs.get(conversation) ?? 0) + 1;
  seqs.set(conversation, seq);
  const id = clientId;
  socket.send(JSON.stringify({ type: "ok", ref, id, seq, rev: seq, at, duplicate: false }));
  const message = { id, conversation, seq, rev: seq, sender, clientId, kind: "text", text, at };
  const frame = Buffer.from(JSON.stringify({ type: "message", message }));
  for (const member of members.get(conversation) ?? []) {
    if (member !== sender) sockets.get(member)?.send(frame, { binary: false });
  }
}

/** One connection, one batch under way, and the next one gathers meanwhile. */
function createLane(sql: postgres.Sql): (entry: Entry) => void {
  let waiting: Entry[] = [];
  let running = false;
  const run = async () => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MAX_BATCH);
      waiting = waiting.slice(MAX_BATCH);
      const column = (pick: (entry: Entry) => string) =>
        `{${batch.map((entry) => JSON.stringify(pick(entry))).join(",")}}`;
      await sql`
        insert into relayed (conversation_id, client_id, sender_id, text, created_at)
        select * from unnest(${column((e) => e.send.conversation)}::text::uuid[],
          ${column((e) => e.send.clientId)}::text::uuid[], ${column((e) => e.sender)}::text::uuid[],
          ${column((e) => e.send.text)}::text::text[], ${
        column((e) => e.at)
      }::text::timestamptz[])`;
      for (const entry of batch) relay(entry);
    }
    running = false;
  };
  return (entry) => {
    waiting.push(entry);
    if (running) return;
    running = true;
    setImmediate(() => void run());
  };
}

async function openLanes(url: string): Promise<(entry: Entry) => void> {
  const open = () => postgres(url, { max: 1, fetch_types: false });
  const sql = open();
  await sql`create table relayed (n bigint generated always as identity primary key,
    conversation_id uuid, client_id uuid, sender_id uuid, text text, created_at timestamptz)`;
  await sql.end();
  const lanes = Array.from({ length: LANES }, () => createLane(open()));
  return (entry) => lanes[parseInt(entry.send.conversation.slice(-8), 16) % LANES]?.(entry);
}

const store = url === undefined ? relay : await openLanes(url);
const http = createServer((_, response) => void response.end());
const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
http.on("upgrade", (request, stream, head) => {
  const user = request.headers.authorization?.split(" ")[1] ?? "";
  server.handleUpgrade(request, stream, head as never, (socket) => {
    sockets.set(user, socket);
    socket.on("error", () => {});
    socket.on("message", (data) => {
      const at = new Date().toISOString();
      store({ send: JSON.parse(data.toString()), sender: user, socket, at });
    });
    socket.send(JSON.stringify({ type: "session.ready", heads: [] }));
  });
});
http.listen(0, "127.0.0.1", () => {
  const address = http.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  Deno.stdout.writeSync(new TextEncoder().encode(`${port}\n`));
});
