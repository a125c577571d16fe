/** What is unread, found the naive way: by walking over all messages. */

/** People and conversations by their number. */
export type Step =
  | { do: "say"; room: number; by: number; mentions: readonly number[]; all: boolean }
  | { do: "event"; room: number; by: number }
  | { do: "read" | "deliver"; room: number; by: number; seq: number }
  | { do: "join" | "leave"; room: number; by: number }
  | { do: "show-history"; room: number; on: boolean }
  | { do: "recall"; room: number; seq: number }
  | { do: "edit"; room: number; seq: number; mentions: readonly number[]; all: boolean };

export type ModelMessage = {
  sender: number;
  system: boolean;
  recalled: boolean;
  mentions: readonly number[];
  all: boolean;
};

export type ModelRoom = {
  /** The message of position n is at n - 1. */
  messages: ModelMessage[];
  members: Map<number, { joined: number; read: number }>;
  historyVisible: boolean;
};

export type Counts = { unread: number; mentions: number; last: number | undefined; people: number };

/** @returns whether the step can be taken; if not, nothing happened */
export function takeStep(room: ModelRoom, step: Step): boolean {
  const { messages, members } = room;
  switch (step.do) {
    case "say":
    case "event":
      if (!members.has(step.by)) return false;
      messages.push({
        sender: step.by,
        system: step.do === "event",
        recalled: false,
        mentions: step.do === "say" ? step.mentions : [],
        all: step.do === "say" && step.all,
      });
      return true;
    case "read":
    case "deliver": {
      const member = members.get(step.by);
      if (member === undefined) return false;
      if (step.do === "read") {
        member.read = Math.max(member.read, Math.min(step.seq, messages.length));
      }
      return true;
    }
    case "join":
      if (members.has(step.by)) return false;
      members.set(step.by, { joined: messages.length, read: 0 });
      return true;
    case "leave":
      return members.delete(step.by);
    case "show-history":
      room.historyVisible = step.on;
      return true;
    case "recall":
    case "edit": {
      const message = messages[step.seq - 1];
      if (message === undefined || message.system || message.recalled) return false;
      if (step.do === "recall") message.recalled = true;
      else Object.assign(message, { mentions: step.mentions, all: step.all });
      return true;
    }
  }
}

/** Undefined for somebody who is no member. */
export function countNaively(room: ModelRoom, person: number): Counts | undefined {
  const member = room.members.get(person);
  if (member === undefined) return undefined;
  let unread = 0;
  let mentions = 0;
  room.messages.forEach((message, index) => {
    const seq = index + 1;
    if (seq <= member.read || seq <= member.joined || message.sender === person) return;
    if (message.system || message.recalled) return;
    unread++;
    if (message.all || message.mentions.includes(person)) mentions++;
  });
  const end = room.messages.length;
  const seen = end > 0 && (room.historyVisible || end > member.joined);
  return { unread, mentions, last: seen ? end : undefined, people: room.members.size };
}
