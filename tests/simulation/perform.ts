import { audienceAmong } from "../../lib/bus/audience.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { newId } from "../../lib/ids.ts";
import { burst } from "./burst.ts";
import type { Step } from "./schedule.ts";
import type { SimWorld } from "./sim_world.ts";

/** Lets one step of a schedule happen. What it leads to takes its time. */
export function perform(world: SimWorld, step: Step, number: number): void {
  const { time, memory, bus, nodes, witness, rooms, people, files } = world;
  switch (step.do) {
    case "send": {
      const device = of(world.devices, step.device);
      for (let n = 0; n < step.count; n++) {
        // Every other one mentions somebody.
        const mentions = n % 2 === 0 ? [of(people, number + n / 2)] : [];
        // Every third one carries a file.
        const carried = (number + n) % 3 === 0 ? files.get(device.user) : undefined;
        device.send(
          of(rooms, step.room),
          `${device.name}.${number}.${n}`,
          mentions,
          carried && [carried],
        );
      }
      return;
    }
    case "burst":
      return burst(world, of(people, step.person), of(rooms, step.room), step.count, number);
    case "open":
      of(world.devices, step.device).client.thread.open(of(rooms, step.room)).catch(() => {});
      return;
    case "older":
      of(world.devices, step.device).client.thread.loadOlder(of(rooms, step.room)).catch(() => {});
      return;
    case "close": {
      const device = of(world.devices, step.device);
      const room = of(rooms, step.room);
      device.client.thread.close(room);
      // What nobody looks at may be dropped, once.
      device.forgive(room, 1);
      return;
    }
    case "edit":
    case "recall":
    case "react": {
      const { client } = of(world.devices, step.device);
      const room = of(rooms, step.room);
      // In what is not open there is the one in the list.
      const last = client.conversations.get(room)?.lastMessage;
      const message = client.thread.view(room).messages.at(-1 - step.back) ?? last;
      if (!message) return;
      const { thread } = client;
      const changing = step.do === "edit"
        ? thread.edit(room, message.seq, `${message.text}, edited in ${number}`)
        : step.do === "recall"
        ? thread.recall(room, message.seq)
        : thread.react(room, message.seq, "👍", number % 3 > 0);
      // One may not, or it is lost: who wants it tries again.
      changing.catch(() => {});
      return;
    }
    case "read": {
      const { client } = of(world.devices, step.device);
      const room = of(rooms, step.room);
      const newest = client.thread.view(room).messages.at(-1);
      if (newest !== undefined) client.thread.markRead(room, newest.seq);
      return;
    }
    case "cut":
      return of(world.devices, step.device).link?.cut();
    case "cut-at-answer":
      return of(world.devices, step.device).link?.cutAtAnswer();
    case "freeze":
      return of(world.devices, step.device).link?.freeze();
    case "restart":
      return of(world.devices, step.device).restart();
    case "offline": {
      const device = of(world.devices, step.device);
      device.online = false;
      device.link?.freeze();
      time.after(step.ms, () => device.online = true);
      return;
    }
    case "end-session": {
      const { session, link } = of(world.devices, step.device);
      if (session === undefined) return;
      const end = () => {
        memory.endSession(session);
        if (step.told) nodes.endSession(session);
      };
      if (!step.starting) return end();
      nodes.whenTicketUsed(session, end);
      return link?.cut();
    }
    case "kill": {
      const name = of(nodes.names, step.node);
      nodes.kill(name);
      time.after(step.ms, () => nodes.start(name));
      return;
    }
    case "kill-at-commit":
      return nodes.killAtCommit(of(nodes.names, step.node), step.ms);
    case "drain": {
      const name = of(nodes.names, step.node);
      nodes.drain(name);
      time.after(step.ms, () => {
        nodes.kill(name);
        nodes.start(name);
      });
      return;
    }
    case "partition": {
      const name = of(nodes.names, step.node);
      bus.partition(name);
      time.after(step.ms, () => bus.heal(name, step.noticed));
      return;
    }
    case "remove":
    case "add":
      return changeMember(world, step.do, of(people, step.person), of(rooms, step.room));
    case "rejoin": {
      const [user, room] = [of(people, step.person), of(rooms, step.room)];
      changeMember(world, "remove", user, room);
      time.after(step.ms, () => changeMember(world, "add", user, room));
      return;
    }
    case "show": {
      const room = of(rooms, step.room);
      memory.showHistory(room, step.visible);
      witness.membersChanged(room);
      for (const user of memory.data.rooms.get(room)?.members.keys() ?? []) {
        tellConversation(world, user, room);
      }
      return;
    }
    case "database-down":
      world.weather = { ...world.weather, databaseDown: true };
      time.after(step.ms, () => world.weather = { ...world.weather, databaseDown: false });
      return;
    case "restore":
      return restore(world, step.back);
    case "wait":
      return;
  }
}

function changeMember(world: SimWorld, change: "remove" | "add", user: Id, room: Id): void {
  const { memory, nodes, witness, devices } = world;
  const belongs = memory.data.rooms.get(room)?.members.has(user) ?? false;
  if (belongs !== (change === "remove")) return;
  world.changedRooms.add(room);
  for (const device of devices) {
    if (device.user === user) device.forgive(room, Infinity);
  }
  const came = change === "add" ? [user] : [];
  if (change === "add") memory.addMember(room, user);
  else memory.removeMember(room, user);
  const type = change === "add" ? "joined" : "removed";
  const { message, membersRev } = memory.appendEvent(room, { type, by: user, users: [user] });
  witness.membersChanged(room);
  if (change === "add") tellConversation(world, user, room);
  const among = audienceAmong(memory.data.rooms.get(room)?.members ?? new Map());
  const audience = among !== "all" && among.group ? { ...among, users: came } : among;
  nodes.announce(message, { membersRev, audience, came });
  if (change === "add") return;
  nodes.tell([user], { type: "conversation.removed", conversation: room, reason: "removed" });
  witness.left(room);
}

function tellConversation({ memory, nodes }: SimWorld, user: Id, room: Id): void {
  const conversation = memory.listConversations(user).find(({ id }) => id === room);
  if (conversation !== undefined) nodes.tell([user], { type: "conversation", conversation });
}

/** The database is put back to what it was, as operators do: with no node up, and a new epoch. */
function restore(world: SimWorld, back: number): void {
  const { memory, nodes, witness, devices, rooms, backups } = world;
  const backup = backups[Math.max(0, backups.length - back)];
  if (backup === undefined) return;
  for (const name of nodes.names) nodes.kill(name);
  const before = memory.data;
  memory.data = { ...structuredClone(backup), epoch: newId() };
  witness.restored(before);
  for (const device of devices) {
    for (const room of rooms) device.forgive(room, 1);
  }
  for (const name of nodes.names) nodes.start(name);
}

function of<T>(all: readonly T[], number: number): T {
  const one = all[number % all.length];
  if (one === undefined) throw new Error("there is nothing to pick from");
  return one;
}
