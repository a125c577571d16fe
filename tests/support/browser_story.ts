/** A small circle of friends who have talked: for pictures of the page. */
import type { Client } from "../../client/client.ts";
import type { SendOptions } from "../../client/views.ts";
import {
  type Account,
  befriendAccounts,
  connectClient,
  createAccount,
} from "./browser_accounts.ts";
import { until } from "./people.ts";

export type Story = {
  readonly mia: Account;
  /** Where Mia talks with Lin. */
  readonly room: string;
  /** A group with everything that can happen in one. */
  readonly group: string;
  /** An invitation to another group, which Mia is not in. */
  readonly invitation: string;
};

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
  const friends: Account[] = [];
  for (const { username, name, says } of FRIENDS) {
    const friend = await createAccount(origin, username, name);
    friends.push(friend);
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
  const group = await playGroup(origin, mia, [lin, ...friends]);
  await read(origin, group, mia);
  using host = await connectClient(origin, asking);
  const other = await host.client.groups.create("Book club on Thursdays", []);
  const { token } = await host.client.invites.createForGroup(other.id);
  return { mia, room, group, invitation: token };
}

/** A group in which people answered, mentioned, edited, recalled, reacted and pinned. */
async function playGroup(
  origin: string,
  mia: Account,
  friends: readonly Account[],
): Promise<string> {
  using owner = await connectClient(origin, mia);
  const { groups } = owner.client;
  const { id } = await groups.create("Autumn hike 🍂", friends.map((friend) => friend.id));
  const [lin, jonas, chen] = friends;
  if (lin === undefined || jonas === undefined || chen === undefined) throw new Error("no friends");
  await groups.change(id, {
    announcement: "Saturday, nine o’clock at the station. Bring a rain jacket. 记得带雨衣。",
  });
  await groups.changeRole(id, lin.id, "admin");
  await speak(origin, id, mia, ["Which way shall we take on Saturday?"]);
  await speak(origin, id, jonas, ["The ridge path, if it stays dry"]);
  await speak(origin, id, lin, ["河边那条吧，秋天的颜色最好看。@Mia Keller 你觉得呢？"], {
    replyTo: await seqOf(owner.client, id, "Which way"),
    mentions: [mia.id],
  });
  await speak(origin, id, chen, ["I posted this in the wrong chat", "到时候见！"]);
  await speak(origin, id, mia, ["Then the river it is – and the ridge in spring."], {
    replyTo: await seqOf(owner.client, id, "河边"),
  });
  using other = await openOnDevice(origin, id, lin);
  await other.client.thread.recall(id, await seqOf(owner.client, id, "I posted"));
  await other.client.thread.react(id, await seqOf(owner.client, id, "Then the river"), "🎉", true);
  using third = await openOnDevice(origin, id, jonas);
  const ridge = await seqOf(owner.client, id, "The ridge");
  await third.client.thread.edit(id, ridge, "The ridge path, if it stays dry. Or the river?");
  for (const emoji of ["🎉", "❤️"]) {
    await third.client.thread.react(id, await seqOf(owner.client, id, "Then the"), emoji, true);
  }
  await owner.client.thread.react(id, ridge, "👍", true);
  await owner.client.thread.pin(id, await seqOf(owner.client, id, "Then the river"), true);
  return id;
}

/** Where the message is that begins with these words. */
async function seqOf(client: Client, room: string, start: string): Promise<number> {
  const find = () => client.thread.view(room).messages.find(({ text }) => text.startsWith(start));
  await until("the connection is ready", () => client.connection.state().name === "ready");
  await client.thread.open(room);
  await until(`“${start}” has come`, () => find() !== undefined);
  return find()?.seq ?? 0;
}

async function speak(
  origin: string,
  room: string,
  who: Account,
  says: readonly string[],
  options: SendOptions = {},
): Promise<void> {
  using device = await openOnDevice(origin, room, who);
  const { thread } = device.client;
  for (const text of says) await thread.send(room, text, options);
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
