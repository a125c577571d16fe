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
      const { id, unread, lastMessage, historyVisible } = conversation;
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
      if (row.lastMessage?.id !== lastMessage?.id) {
        found.push(wrong(`the last message is ${row.lastMessage?.text}, not ${lastMessage?.text}`));
      }
      const view = device.client.thread.view(id);
      const sending = view.pending.filter((each) => each.state === "sending");
      if (sending.length > 0) found.push(wrong(`${sending.length} messages are still to be sent`));
      if (whole && (!view.loaded || view.hasOlder)) found.push(wrong("is not loaded"));
      if (!view.loaded) return found;
      const begun = beganEarlier(world, device, id, view.messages[0]?.seq ?? Infinity, log);
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
 * between that and the rest.
 */
function beganEarlier(
  { memory, witness }: SimWorld,
  { user }: Device,
  room: Id,
  first: number,
  visible: readonly Message[],
): Message[] | undefined {
  if (first >= (visible[0]?.seq ?? Infinity)) return undefined;
  const all = memory.data.rooms.get(room)?.rows.slice(first - 1).map(({ message }) => message);
  return all?.every((message) => witness.maySee(user, message)) ? all : undefined;
}

function textOf(messages: readonly Message[]): string {
  return messages.map(({ seq, rev, id, text }) => `${seq}/${rev}:${text}:${id.slice(-4)}`).join(
    " ",
  );
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
