/** A small circle of friends who have talked: for pictures of the page. */
import type { Client } from "../../client/client.ts";
import {
  type Account,
  befriendAccounts,
  connectClient,
  createAccount,
} from "./browser_accounts.ts";
import { until } from "./people.ts";

export type Story = { readonly mia: Account; readonly room: string };

const FRIENDS = [
  { username: "jonas.b", name: "Jonas Brandt", says: ["The train is on time. See you at six."] },
  { username: "chenchen", name: "陈晨", says: ["照片收到了，拍得真好！", "周末有空再约"] },
  { username: "sofia.r", name: "Sofia Rossi", says: ["Thank you, that helped a lot."] },
] as const;

/** Who says it, and what. */
const TALK: readonly (readonly ["mia" | "lin", string])[] = [
  ["lin", "早上好，Mia！周六的徒步还去吗？"],
  ["mia", "Good morning! Yes – the forecast says dry until four."],
  ["mia", "Shall we take the ridge path or the one along the river?"],
  ["lin", "河边那条吧，秋天的颜色最好看。"],
  ["lin", "I’ll bring tea and the moon cakes my mother sent 🥮"],
  ["mia", "太好了！那我带面包和奶酪。"],
  [
    "mia",
    "There is a bench half-way with a view over the whole valley, so we could have lunch there and be back before the last bus at 17:40.",
  ],
  ["lin", "完美，九点在车站见。"],
  ["mia", "到时候见！"],
];

/** Ends with unread messages for Mia, a request to her, and her talk with Lin. */
export async function playStory(origin: string): Promise<Story> {
  const mia = await createAccount(origin, "mia.keller", "Mia Keller");
  for (const { username, name, says } of FRIENDS) {
    const friend = await createAccount(origin, username, name);
    const room = await befriendAccounts(origin, mia, friend);
    await speak(origin, room, friend, says);
    if (username !== "chenchen") await read(origin, room, mia);
  }
  const asking = await createAccount(origin, "amara", "Amara Okafor");
  using amara = await connectClient(origin, asking);
  await amara.client.contacts.request(mia.id, "Hi Mia, we met at the book fair.");

  const lin = await createAccount(origin, "linyue", "林悦");
  const room = await befriendAccounts(origin, mia, lin);
  for (const [who, text] of TALK) {
    await speak(origin, room, who === "mia" ? mia : lin, [text]);
  }
  for (const one of [mia, lin]) await read(origin, room, one);
  return { mia, room };
}

async function speak(
  origin: string,
  room: string,
  who: Account,
  says: readonly string[],
): Promise<void> {
  using device = await openOnDevice(origin, room, who);
  const { thread } = device.client;
  for (const text of says) await thread.send(room, text);
  await until("it is said", () => thread.view(room).pending.length === 0);
}

async function read(origin: string, room: string, who: Account): Promise<void> {
  using device = await openOnDevice(origin, room, who);
  const { thread } = device.client;
  const seq = thread.view(room).messages.at(-1)?.seq ?? 0;
  thread.markRead(room, seq);
  const headers = { authorization: `Bearer ${who.accessToken}` };
  await until("it is stored as read", async () => {
    const answer = await fetch(`${origin}/api/v1/conversations/${room}`, { headers });
    return (await answer.json() as { readSeq: number }).readSeq >= seq;
  });
}

async function openOnDevice(
  origin: string,
  room: string,
  who: Account,
): Promise<Disposable & { readonly client: Client }> {
  const device = await connectClient(origin, who);
  const { connection, thread } = device.client;
  await until("the connection is ready", () => connection.state().name === "ready");
  await thread.open(room);
  return device;
}
