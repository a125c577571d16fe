/** Holds what came over people's sockets against what they may know, and what they have to be told. */
import { eventually } from "../support/deadline.ts";
import type { Actor } from "./actor.ts";
import type { Scene } from "./operation.ts";
import type { Name, Room, World } from "./world.ts";

/** @throws Error if somebody was ever sent what was not for them, or was not told what is */
export async function checkHeard(scene: Scene, world: World): Promise<void> {
  for (const person of world.people) {
    const actor = scene.actor(person);
    for (const room of world.rooms) {
      if (room.members.has(person)) await checkComplete(scene, person, actor, room);
    }
    for (const frame of actor.everything) {
      const wrong = breach(scene, world, person, frame);
      if (wrong !== undefined) {
        throw new Error(`${person} was sent ${JSON.stringify(frame)}: ${wrong}`);
      }
    }
  }
}

function breach(
  { names }: Scene,
  world: World,
  person: Name,
  frame: Actor["everything"][number],
): string | undefined {
  const find = (id: string) => world.rooms.find(({ name }) => name === names.name(id));
  const wasIn = (room: Room | undefined) => room?.stays.some((stay) => stay.person === person);
  switch (frame.type) {
    case "message": {
      const { conversation, seq, rev } = frame.message;
      // A retry is told again: whoever may read what was said before they came may hear it, too.
      const allowed = find(conversation)?.stays.some((stay) =>
        stay.person === person && rev <= stay.leftRev &&
        (seq > stay.joinedSeq || Math.max(rev, stay.joinedRev) <= stay.historyUntil)
      );
      return allowed ? undefined : "not said while they were there";
    }
    case "conversation":
      return wasIn(find(frame.conversation.id)) ? undefined : "never a member";
    case "head":
    case "advance":
    case "receipt":
      return wasIn(find(frame.conversation)) ? undefined : "never a member";
    default:
      return undefined;
  }
}

/** Every revision since the connection began, or since this person came. */
async function checkComplete(
  { names }: Scene,
  person: Name,
  actor: Actor,
  room: Room,
): Promise<void> {
  const id = names.id(room.name);
  const joined = room.stays.findLast((stay) => stay.person === person)?.joinedRev ?? 0;
  const missing = () => {
    const seen = new Set(actor.acknowledged(id));
    let from = joined;
    for (const frame of actor.heard()) {
      if (frame.type === "message" && frame.message.conversation === id) {
        seen.add(frame.message.rev);
      }
      if (frame.type === "advance" && frame.conversation === id) seen.add(frame.rev);
      if (frame.type === "head" && frame.conversation === id) from = Math.max(from, frame.rev);
      if (frame.type !== "session.ready") continue;
      const head = frame.heads.find(({ conversation }) => conversation === id);
      from = Math.max(from, head?.rev ?? 0);
    }
    const all = Array.from({ length: Math.max(0, room.rev - from) }, (_, n) => from + n + 1);
    return all.filter((rev) => !seen.has(rev));
  };
  await eventually(
    () => missing().length === 0,
    () => `${person} hears of ${missing().join()} in ${room.name}`,
    10_000,
  );
}
