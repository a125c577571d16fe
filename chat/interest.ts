import { groupTopic, userTopic } from "../lib/bus/audience.ts";
import type { LogEnvelope, MembersEnvelope, Subscription } from "../lib/bus/bus.ts";
import type { Id } from "../lib/protocol/model.ts";

/**
 * What this node needs to hear: of whom it has connections, of which groups they are members, and
 * which conversations are none of its business. It may believe too much of somebody, which costs a
 * question too many, and never too little.
 */
export interface Interest {
  /** Wants what is for somebody; as often as `unwant`. Resolves when that will be heard. */
  want(user: Id): Promise<void>;
  unwant(user: Id): void;
  /** To be called before it is read where somebody stands who has just connected. */
  arrive(user: Id): Arrival;
  /**
   * Somebody belongs to a conversation.
   * @returns whether that is news, and of a person who is here
   */
  joined(user: Id, conversation: Id): boolean;
  /** A conversation is large: its news come under its own topic, to be heard if anybody here is in it. */
  follow(conversation: Id): void;
  /** Whether somebody here may belong to a conversation. */
  includes(conversation: Id): boolean;
  /** Whether somebody here may have to be told. */
  concerns(envelope: LogEnvelope | MembersEnvelope): boolean;
  /** Something was said there that nobody got: whoever arrives at this moment may belong to it. */
  missed(conversations: readonly Id[]): void;
  /** How often it was said that somebody here belongs to something. */
  readonly saidSo: number;
  /**
   * The database knows of nobody here who belongs to it. Without effect if somebody was said to since
   * it was asked, which was at `saidSo`: the answer may be older than that.
   */
  forget(conversation: Id, saidSo: number): void;
}

/** Somebody's connection, as long as it is not known yet what they belong to. */
export interface Arrival extends Disposable {
  /**
   * Takes in what they belong to. Resolves, once all of it is heard, with those of which something
   * may have been missed since it was read.
   * @param large those of them that have a topic of their own
   */
  settle(conversations: readonly Id[], large: readonly Id[]): Promise<Id[]>;
}

type Person = { wanted: number; readonly in: Set<Known> };

/** A conversation that people here belong to: one object, however many they are. */
type Known = {
  readonly conversation: Id;
  people: number;
  /** When somebody was last said to belong to it, as `saidSo` counts. */
  saidSo: number;
  /** Under its own topic, where it is large. */
  group?: Group;
};
type Group = {
  readonly heard: Promise<void> | undefined;
  /** How many groups came to be heard until it was; 0: it was heard all along. */
  since: number;
};

export function createInterest(bus: Pick<Subscription, "add" | "remove">): Interest {
  const people = new Map<Id, Person>();
  const belonging = new Map<Id, Known>();
  const arrivals = new Set<{ readonly missed: Set<Id> }>();
  let opened = 0;
  let saidSo = 0;

  /** @returns whether that is news */
  const add = (person: Person, conversation: Id): boolean => {
    let known = belonging.get(conversation);
    if (known === undefined) {
      known = { conversation, people: 0, saidSo: 0 };
      belonging.set(conversation, known);
    }
    known.saidSo = ++saidSo;
    if (person.in.has(known)) return false;
    person.in.add(known);
    known.people++;
    return true;
  };

  const drop = (known: Known) => {
    belonging.delete(known.conversation);
    if (known.group !== undefined) bus.remove(groupTopic(known.conversation));
  };

  const follow = (conversation: Id) => {
    const known = belonging.get(conversation);
    if (known === undefined || known.group !== undefined) return;
    const heard = bus.add(groupTopic(conversation));
    const group: Group = {
      since: heard === undefined ? 0 : Infinity,
      heard: heard?.then(() => void (group.since = ++opened)),
    };
    known.group = group;
  };

  const isHere = (user: Id) => people.has(user);
  const includes = (conversation: Id) => belonging.has(conversation);

  return {
    includes,
    follow,
    want: async (user) => {
      const person = people.get(user);
      if (person === undefined) people.set(user, { wanted: 1, in: new Set() });
      else person.wanted++;
      // Also where it was wanted before: that may not be heard yet.
      await bus.add(userTopic(user));
    },
    unwant: (user) => {
      const person = people.get(user);
      if (person === undefined || --person.wanted > 0) return;
      people.delete(user);
      bus.remove(userTopic(user));
      for (const known of person.in) {
        if (--known.people === 0) drop(known);
      }
    },
    arrive: (user) => {
      const before = opened;
      const arrival = { missed: new Set<Id>() };
      arrivals.add(arrival);
      return {
        settle: async (conversations, large) => {
          arrivals.delete(arrival);
          const person = people.get(user);
          if (person === undefined) return [];
          for (const conversation of conversations) add(person, conversation);
          const again = new Set(conversations).intersection(arrival.missed);
          const opening: (Promise<void> | undefined)[] = [];
          for (const conversation of large) {
            follow(conversation);
            const group = belonging.get(conversation)?.group;
            if (group === undefined || group.since <= before) continue;
            opening.push(group.heard);
            again.add(conversation);
          }
          await Promise.all(opening);
          return [...again];
        },
        [Symbol.dispose]: () => void arrivals.delete(arrival),
      };
    },
    joined: (user, conversation) => {
      const person = people.get(user);
      return person !== undefined && add(person, conversation);
    },
    concerns: ({ conversation, audience, ...envelope }) =>
      includes(conversation) ||
      audience !== "all" && audience.users.some(isHere) ||
      envelope.kind === "log" && (envelope.came?.some(isHere) ?? false),
    missed: (conversations) => {
      for (const { missed } of arrivals) {
        for (const conversation of conversations) missed.add(conversation);
      }
    },
    get saidSo() {
      return saidSo;
    },
    forget: (conversation, before) => {
      const known = belonging.get(conversation);
      if (known === undefined || known.saidSo > before) return;
      for (const person of people.values()) person.in.delete(known);
      drop(known);
    },
  };
}
