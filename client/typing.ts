import type { Id } from "../lib/protocol/model.ts";
import type { Timers } from "./timers.ts";

/** Milliseconds between two frames that say that this person is typing. */
const SAY_AGAIN = 3_000;
/** Milliseconds after which somebody of whom nothing more was heard has stopped. */
const EXPIRES = 6_000;

/** Who is typing where: tells it of this person, and knows it of the others. */
export interface Typing {
  /** This person types, or has stopped. To be called with every key: little of it is sent. */
  tell(conversation: Id, on: boolean): void;
  heard(conversation: Id, user: Id, on: boolean): void;
  /** Somebody's message at `seq` is there: a new one is what they typed, an older one is not. */
  said(conversation: Id, user: Id, seq: number): void;
  /** Others who are typing, in the order in which they began. */
  typers(conversation: Id): readonly Id[];
  /** The connection is gone: nobody is known to type any more. */
  lost(): void;
  close(): void;
}

/** Somebody who is typing, and the newest message when that was heard last. */
type Typer = { since: number; cancel: () => void };

export function createTyping(parts: {
  me: Id;
  /** Whether somebody would be told. */
  wanted: (conversation: Id) => boolean;
  send: (conversation: Id, on: boolean) => void;
  changed: (conversation: Id) => void;
  /** The position of the newest message that is known. */
  newest: (conversation: Id) => number;
  timers: Timers;
}): Typing {
  const { me, wanted, send, changed, newest, timers } = parts;
  /** Where this person types, and when that was said last. */
  const said = new Map<Id, { at: number; on: boolean }>();
  const others = new Map<Id, Map<Id, Typer>>();

  const stop = (conversation: Id, user: Id) => {
    const typers = others.get(conversation);
    const typer = typers?.get(user);
    if (typer === undefined) return;
    typer.cancel();
    typers?.delete(user);
    if (typers?.size === 0) others.delete(conversation);
    changed(conversation);
  };

  const forget = () => {
    said.clear();
    const conversations = [...others.keys()];
    for (const typers of others.values()) {
      for (const { cancel } of typers.values()) cancel();
    }
    others.clear();
    return conversations;
  };

  return {
    tell: (conversation, on) => {
      const last = said.get(conversation);
      const enough = on
        ? last !== undefined && timers.now() - last.at < SAY_AGAIN
        : last?.on !== true;
      if (enough || !wanted(conversation)) return;
      said.set(conversation, { at: on ? timers.now() : last?.at ?? 0, on });
      send(conversation, on);
    },
    heard: (conversation, user, on) => {
      if (user === me) return;
      if (!on) return stop(conversation, user);
      const typers = others.get(conversation) ?? new Map<Id, Typer>();
      others.set(conversation, typers);
      const before = typers.get(user);
      before?.cancel();
      const cancel = timers.after(EXPIRES, () => stop(conversation, user));
      typers.set(user, { since: newest(conversation), cancel });
      if (before === undefined) changed(conversation);
    },
    said: (conversation, user, seq) => {
      const typer = others.get(conversation)?.get(user);
      if (typer !== undefined && seq > typer.since) stop(conversation, user);
    },
    typers: (conversation) => [...others.get(conversation)?.keys() ?? []],
    lost: () => {
      for (const conversation of forget()) changed(conversation);
    },
    close: () => void forget(),
  };
}
