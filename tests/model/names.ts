/** Translates between the model's names and the server's ids, tokens and times. */
import assert from "node:assert/strict";
import type { Id } from "../../lib/protocol/model.ts";
import type { Name } from "./world.ts";

export interface Names {
  /** What the server calls it; where it has no id yet, one that nothing has. */
  id(name: Name): string;
  /** Whether the server's id or token was given a name. */
  name(id: string): Name | undefined;
  /** That this is what the server calls it: from now on, and always the same. */
  bind(name: Name, id: string): void;
  /**
   * Something of the server's as the model would have it: ids replaced by names, and without what the
   * model does not know: ids of messages, and times, of which only their being there counts.
   */
  plain(value: unknown): unknown;
}

/** @param unknown an id that no person, conversation or request has */
export function createNames(unknown: Id): Names {
  const ids = new Map<Name, string>();
  const names = new Map<string, Name>();
  return {
    id: (name) => ids.get(name) ?? unknown,
    name: (id) => names.get(id),
    bind: (name, id) => {
      const known = ids.get(name);
      if (known !== undefined) return assert.equal(id, known, `what is ${name}`);
      assert.equal(names.get(id), undefined, `${name} is something new`);
      ids.set(name, id);
      names.set(id, name);
    },
    plain: (value) => JSON.parse(JSON.stringify(value ?? null), reviver),
  };

  function reviver(this: unknown, key: string, value: unknown): unknown {
    if (TIMES.has(key)) return typeof value === "string" ? "a time" : value;
    // Of a message; a request's is a name by now, and so are a person's and a conversation's.
    if (key === "id" && isMessage(this)) return undefined;
    // What the log says itself has an id that the server made up.
    if (key === "clientId" && isMessage(this) && this.kind === "system") return undefined;
    return typeof value === "string" ? names.get(value) ?? value : value;
  }
}

const TIMES = new Set(["at", "editedAt", "recalledAt", "createdAt", "until"]);

function isMessage(value: unknown): value is { kind?: unknown } {
  return typeof value === "object" && value !== null && "seq" in value && "clientId" in value;
}
