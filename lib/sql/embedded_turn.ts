/** The application name that a connection for appends gives when it connects. */
export const APPENDS = "parley appends";

export type Kind = "append" | "other";

/** Lets one connection at a time go on. */
export interface Turn {
  take(kind: Kind): Promise<void>;
  pass(): void;
}

/**
 * Appends and others take turns: while both wait, none of them gets two in a row. Within a kind it
 * goes by order of arrival.
 *
 * So an append waits for the turn that is under way when it comes, and not for the backlog of
 * readers; where several connections append, for one other turn more with each that came before it.
 * A reader waits for one append with each reader before it, however many appends there are.
 */
export function createTurn(): Turn {
  let taken: Kind | undefined;
  const waiting: Record<Kind, (() => void)[]> = { append: [], other: [] };

  const next = (after: Kind): Kind => {
    const preferred = after === "append" ? "other" : "append";
    return waiting[preferred].length > 0 ? preferred : after;
  };

  return {
    take: (kind) => {
      if (taken !== undefined) return new Promise((resolve) => waiting[kind].push(resolve));
      taken = kind;
      return Promise.resolve();
    },
    pass: () => {
      if (taken === undefined) throw new Error("a turn is passed by whoever has it");
      const kind = next(taken);
      const go = waiting[kind].shift();
      taken = go === undefined ? undefined : kind;
      go?.();
    },
  };
}
