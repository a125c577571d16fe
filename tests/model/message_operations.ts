import fc from "fast-check";
import { newId } from "../../lib/ids.ts";
import * as rules from "./message_rules.ts";
import {
  flag,
  operation,
  type Part,
  personOf,
  roomFor,
  seqFor,
  some,
  talkFor,
  word,
} from "./operation.ts";
import * as views from "./views.ts";
import type { Content, Name } from "./world.ts";

const naming = fc.option(fc.array(some, { minLength: 1, maxLength: 3 }), { nil: undefined });

function sending(part: Part, room: Name, content: Content) {
  const { by, self, names } = part;
  const { mentions, attachments } = content;
  return {
    about: { room, ...content },
    expect: (world: Part["world"]) => rules.send(world, by, room, content),
    perform: () =>
      self.ask("message.send", {
        ...content,
        conversation: names.id(room),
        kind: "text",
        ...(mentions !== undefined && { mentions: mentions.map(names.id) }),
        ...(attachments !== undefined && { attachments: attachments.map(names.id) }),
      }),
  };
}

export const send = operation(
  "says",
  { room: some, text: word, reply: some, naming, rare: fc.nat(9) },
  (part, { room: n, text, reply, naming, rare }) => {
    const room = roomFor(part, n);
    const mentions = naming && [...new Set(naming.map((each) => personOf(part, each % 98)))];
    return sending(part, room, {
      ...{ clientId: newId(), text: rare === 1 ? "" : text },
      ...(reply < 25 && { replyTo: seqFor(part, room, reply * 4 + reply % 4) }),
      ...(mentions !== undefined && { mentions }),
      ...(rare === 0 && { mentionsAll: true }),
      ...(rare > 0 && rare < 4 && { attachments: filesFor(part, reply, rare === 3 ? 2 : 1) }),
    });
  },
);

/** As often as not one's own first, and others that one may have been sent. */
function filesFor({ world, by }: Part, n: number, count: number): Name[] {
  const from = n % 2 === 0 ? world.people.indexOf(by) : Math.floor(n / 2);
  const all = world.files.map(({ attachment }) => attachment.id);
  return Array.from({ length: count }, (_, k) => all[(from + k) % all.length] ?? "");
}

/** The same request once more, as whoever got no answer does; or another under its id. */
export const sendAgain = operation(
  "says again",
  { which: some, same: fc.nat(3), text: word },
  (part, { which, same, text }) => {
    const own = part.world.sent.filter(({ by }) => by === part.by);
    const before = own.at(-1 - which % Math.min(own.length, 6));
    if (before === undefined) {
      return sending(part, roomFor(part, which), { clientId: newId(), text });
    }
    const content = same > 0 ? before.content : { ...before.content, text };
    return sending(part, before.room, content);
  },
);

export const edit = operation("edits", { room: some, seq: some, text: word }, (part, chosen) => {
  const { by, self, names } = part;
  const { text } = chosen;
  const room = talkFor(part, chosen.room);
  const seq = seqFor(part, room, chosen.seq | 1);
  return {
    about: { room, seq, text },
    expect: (world) => rules.change(world, by, room, seq, { do: "edit", text }),
    perform: () => self.ask("message.edit", { conversation: names.id(room), seq, text }),
  };
});

export const recall = operation("recalls", { room: some, seq: some }, (part, chosen) => {
  const { by, self, names } = part;
  const room = talkFor(part, chosen.room);
  const seq = seqFor(part, room, chosen.seq);
  return {
    about: { room, seq },
    expect: (world) => rules.change(world, by, room, seq, { do: "recall" }),
    perform: () => self.ask("message.recall", { conversation: names.id(room), seq }),
  };
});

const emoji = fc.constantFrom("👍", "❤️", "👩🏽‍🚀");

export const react = operation(
  "reacts",
  { room: some, seq: some, emoji, on: fc.nat(2) },
  (part, chosen) => {
    const { by, self, names } = part;
    const { emoji } = chosen;
    const on = chosen.on > 0;
    const room = talkFor(part, chosen.room);
    const seq = seqFor(part, room, chosen.seq);
    return {
      about: { room, seq, emoji, on },
      expect: (world) => rules.change(world, by, room, seq, { do: "react", emoji, on }),
      perform: () => self.ask("message.react", { conversation: names.id(room), seq, emoji, on }),
    };
  },
);

export const pin = operation("pins", { room: some, seq: some, on: fc.nat(2) }, (part, chosen) => {
  const { by, self, names } = part;
  const on = chosen.on > 0;
  const room = talkFor(part, chosen.room);
  const seq = seqFor(part, room, chosen.seq);
  return {
    about: { room, seq, on },
    expect: (world) => rules.change(world, by, room, seq, { do: "pin", on }),
    perform: () => self.ask("message.pin", { conversation: names.id(room), seq, on }),
  };
});

export const receive = operation(
  "has received",
  { room: some, kind: fc.constantFrom("read", "delivered"), back: fc.nat(9) },
  (part, { room: n, kind, back }) => {
    const { by, self, names, world } = part;
    const room = roomFor(part, n);
    const length = world.rooms.find(({ name }) => name === room)?.log.length ?? 0;
    // Sometimes what is yet to come.
    const seq = Math.max(0, length + 2 - back);
    return {
      about: { room, kind, seq },
      expect: (world) => rules.receive(world, by, room, kind, seq),
      perform: () => self.ask(`receipt.${kind}`, { conversation: names.id(room), seq }),
    };
  },
);

const settings: fc.Arbitrary<rules.Settings> = fc.oneof(
  fc.record({ pinned: flag }),
  fc.record({ hidden: flag }),
  fc.record({ markedUnread: flag }),
  fc.record({ draft: fc.constantFrom("", "noch nicht") }),
  fc.record({ mutedUntil: fc.constantFrom(null, "2099-01-01T00:00:00.000Z") }),
  fc.record({ hidden: flag, markedUnread: flag, pinned: flag }),
);

export const set = operation("sets", { room: some, settings }, (part, chosen) => {
  const { by, self, names } = part;
  const { settings } = chosen;
  const room = roomFor(part, chosen.room);
  return {
    about: { room, ...settings },
    expect: (world) => rules.set(world, by, room, settings),
    perform: () => self.call("PATCH", `/conversations/${names.id(room)}/me`, settings),
  };
});

export const readPage = operation(
  "reads",
  { room: some, before: fc.nat(30), after: fc.nat(30), limit: fc.integer({ min: 1, max: 12 }) },
  (part, { room: n, before, after, limit }) => {
    const { by, self, names } = part;
    const room = roomFor(part, n);
    // Each bound is left out as often as not.
    const page = { ...(before > 15 && { before }), ...(after < 15 && { after }), limit };
    const query = new URLSearchParams(Object.entries(page).map(([k, v]) => [k, String(v)]));
    return {
      about: { room, ...page },
      expect: (world) => views.history(world, by, room, page),
      perform: () => self.call("GET", `/conversations/${names.id(room)}/messages?${query}`),
    };
  },
);

export const readHistory = operation(
  "scrolls",
  { room: some, before: fc.integer({ min: 1, max: 30 }), limit: fc.integer({ min: 1, max: 12 }) },
  (part, { room: n, before, limit }) => {
    const { by, self, names } = part;
    const room = roomFor(part, n);
    const page = { ...(before > 10 && { before }), limit };
    return {
      about: { room, ...page },
      expect: (world) => views.history(world, by, room, page),
      perform: () => self.ask("conversation.history", { conversation: names.id(room), ...page }),
    };
  },
);

export const sync = operation(
  "asks what changed",
  { room: some, since: some, limit: fc.integer({ min: 1, max: 12 }) },
  (part, { room: n, since: part_, limit }) => {
    const { by, self, names, world } = part;
    const room = roomFor(part, n);
    const rev = world.rooms.find(({ name }) => name === room)?.rev ?? 0;
    const since = Math.floor(rev * part_ / 99);
    return {
      about: { room, since, limit },
      expect: (world) => views.sync(world, by, room, { since, limit }),
      perform: () => self.ask("conversation.sync", { conversation: names.id(room), since, limit }),
    };
  },
);
