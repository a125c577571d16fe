/** Whether everyone is of one mind with the server's log. */
import type { Id, Message } from "../../lib/protocol/model.ts";
import type { Device } from "./sim_device.ts";
import type { SimWorld } from "./sim_world.ts";

/**
 * In what a device differs from the server, as far as its person may see it. Conversations that
 * nobody has opened there show no messages: of these the row in the list is compared.
 * @param whole whether every conversation has to be loaded to its beginning
 */
export function differences(world: SimWorld, whole = false): string[] {
  return world.devices.flatMap((device) => {
    const state = device.client.connection.state().name;
    if (state !== "ready") return [`${device.name} is ${state}`];
    const session = world.memory.data.sessions.get(device.session ?? "");
    if (session?.endedAt !== undefined) return [`${device.name} is in with an ended session`];
    return world.memory.listConversations(device.user).flatMap((conversation) => {
      const { id, unread, mentions, lastMessage, historyVisible } = conversation;
      const log = world.memory.visible(device.user, id) ?? [];
      const row = device.client.conversations.get(id);
      const wrong = (what: string) => `${device.name} in ${id.slice(-1)}: ${what}`;
      if (row === undefined) return [wrong("is not listed")];
      const found: string[] = [];
      // News outside the log may be lost: that one left and came back, or has read elsewhere.
      const elsewhere = world.devices.some(({ user, name }) =>
        user === device.user && name !== device.name
      );
      const mistaken = world.bus.newsLost && (world.changedRooms.has(id) || elsewhere);
      if (row.unread !== unread && !mistaken) {
        found.push(wrong(`unread is ${row.unread}, not ${unread}`));
      }
      if (row.mentions !== mentions && !mistaken) {
        found.push(wrong(`mentions are ${row.mentions}, not ${mentions}`));
      }
      if (textOfLast(row.lastMessage) !== textOfLast(lastMessage)) {
        found.push(wrong(
          `the last message is ${textOfLast(row.lastMessage)}, not ${textOfLast(lastMessage)}`,
        ));
      }
      const view = device.client.thread.view(id);
      const sending = view.pending.filter((each) => each.state === "sending");
      if (sending.length > 0) found.push(wrong(`${sending.length} messages are still to be sent`));
      if (whole && (!view.loaded || view.hasOlder)) found.push(wrong("is not loaded"));
      if (!view.loaded) return found;
      const begun = beganEarlier(world, device, id, view.messages, log);
      // That a history is shown is no news of the log, and may be lost.
      if (world.bus.newsLost && historyVisible && isEnd(log, view.messages)) return found;
      const expected = begun ??
        (view.hasOlder ? log.slice(-view.messages.length || log.length) : log);
      if (textOf(view.messages) !== textOf(expected)) {
        found.push(wrong(`shows\n  ${textOf(view.messages)}\n  not\n  ${textOf(expected)}`));
      }
      return found;
    });
  });
}

function isEnd(log: readonly Message[], end: readonly Message[]): boolean {
  return textOf(log).endsWith(textOf(end));
}

/**
 * Whoever left and came back may keep what they saw before, for as long as nothing is missing
 * between that and the rest. What became of it since they are not told.
 */
function beganEarlier(
  { memory, witness }: SimWorld,
  { user }: Device,
  room: Id,
  shown: readonly Message[],
  visible: readonly Message[],
): Message[] | undefined {
  const [first] = shown;
  const told = visible[0]?.seq ?? Infinity;
  if (first === undefined || first.seq >= told) return undefined;
  const all = memory.data.rooms.get(room)?.rows.slice(first.seq - 1).map(({ message }, at) => {
    const before = shown[at];
    return before?.id === message.id && before.rev < message.rev && message.seq < told
      ? before
      : message;
  });
  return all?.every((message) => witness.maySee(user, message)) ? all : undefined;
}

function textOfLast(message: Message | null): string {
  return message === null ? "none" : textOf([message]);
}

function textOf(messages: readonly Message[]): string {
  return messages.map(({ seq, rev, id, text, attachments = [] }) =>
    `${seq}/${rev}:${[text, ...attachments.map(({ id }) => id)].join("+")}:${id.slice(-4)}`
  ).join(" ");
}

/** Opens every conversation of a device and loads the whole of it, as often as it takes. */
export async function loadAll({ time, memory }: SimWorld, { client, user }: Device): Promise<void> {
  for (const { id } of memory.listConversations(user)) {
    const whole = () => client.thread.view(id).loaded && !client.thread.view(id).hasOlder;
    while (!whole()) {
      const load = client.thread.view(id).loaded ? client.thread.loadOlder : client.thread.open;
      // A connection that is dead looks well until someone asks for something.
      await load(id).catch(() => time.sleep(1_000));
    }
  }
}
