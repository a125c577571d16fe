import { AppError } from "../../errors.ts";
import type { Timers } from "../../timers.ts";

/** Milliseconds without a byte after which nobody is believed to send any. */
export const IDLE = 30_000;
/** Milliseconds for which something is held for who may send the next byte. */
export const SOON = 3_000;

export type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes that come one after another, until there are no more of them or none can come. */
export interface Pull {
  /** Undefined once there are no more, for whatever reason. */
  next(): Promise<Bytes | undefined>;
  /** The same, for who holds something that others wait for: undefined also where none come soon. */
  soon(): Promise<Bytes | undefined>;
  /** Why there are no more, where that is not because all have come. */
  readonly broken: { readonly error: unknown } | undefined;
}

/**
 * @param most bytes that may come
 * @param signal where it is aborted nothing more is taken from `bytes`
 */
export function pullFrom(
  bytes: AsyncIterable<Bytes>,
  { most, signal, timers }: { most: number; signal: AbortSignal; timers: Timers },
): Pull {
  const source = bytes[Symbol.asyncIterator]();
  let broken: { error: unknown } | undefined;
  let taken = 0;
  /** Asked for, and not yet taken. */
  let asked: Promise<Bytes | undefined> | undefined;
  /** One for each time that somebody waits: a promise that lives on would keep all that it raced with. */
  let refuse = (_error: AppError) => {};
  signal.addEventListener("abort", () => refuse(takenOver()), { once: true });

  const ask = async (): Promise<Bytes | undefined> => {
    const over = Promise.withResolvers<never>();
    refuse = over.reject;
    if (signal.aborted) refuse(takenOver());
    const late = new AppError("timeout", "no byte came for too long; go on from the offset", {
      retryAfter: 1,
    });
    const callOff = timers.after(IDLE, () => over.reject(late));
    try {
      for (;;) {
        const { done, value } = await Promise.race([source.next(), over.promise]);
        if (done) return undefined;
        taken += value.length;
        if (taken > most) throw tooMuch(most);
        if (value.length > 0) return value;
      }
    } catch (error) {
      broken = { error: error instanceof AppError ? error : brokenOff() };
      // It may wait for a byte that never comes, and is not waited for.
      source.return?.().catch(() => {});
      return undefined;
    } finally {
      callOff();
    }
  };
  const next = async () => {
    if (broken !== undefined) return undefined;
    try {
      return await (asked ??= ask());
    } finally {
      asked = undefined;
    }
  };
  return {
    get broken() {
      return broken;
    },
    next,
    soon: async () => {
      if (broken !== undefined) return undefined;
      const late = Promise.withResolvers<"late">();
      const callOff = timers.after(SOON, () => late.resolve("late"));
      try {
        const first = await Promise.race([asked ??= ask(), late.promise]);
        if (first === "late") return undefined;
        asked = undefined;
        return first;
      } finally {
        callOff();
      }
    },
  };
}

/** Whatever the connection's end is called: nothing here failed, and nobody hears it. */
function brokenOff(): AppError {
  return new AppError("unavailable", "the connection ended; go on from the offset", {
    retryAfter: 1,
  });
}

function takenOver(): AppError {
  return new AppError("conflict", "another request goes on with this upload", { retryAfter: 1 });
}

function tooMuch(most: number): AppError {
  return new AppError("too-large", `only ${most} bytes of this upload were to come`);
}
