import { withoutDeadline } from "../lib/deadline.ts";
import { AppError } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { Id } from "../lib/protocol/model.ts";
import type { Timers } from "../lib/timers.ts";
import { createTurns, type Turns } from "../lib/turns.ts";

/**
 * Transfers of an account that run at a time; the next ones wait. Each holds a file or a connection of
 * the store, and a chunk or two in memory. Browsers ask for six at a time of one server.
 */
const AT_A_TIME = 16;
/** Of an account that wait; the next one is refused. By HTTP/2 browsers ask for a hundred at a time. */
const WAITING = 112;
/** Milliseconds that one waits. Somebody who may read a file now may not be allowed to in an hour. */
const WAIT_WITHIN = 60_000;
/**
 * Of everybody together in this process, those that wait among them: whoever comes then is refused. Far
 * above what one account can have, or one could keep everybody else from their files.
 */
const IN_ALL = 2_000;
/** Milliseconds in which somebody has to take a chunk: who does not is cut off, and may go on later. */
const TAKE_WITHIN = 60_000;

type Bytes = AsyncIterable<Uint8Array<ArrayBuffer>>;

export interface Transfers {
  /**
   * The body of an answer. Nothing is read before somebody takes it, and never more than they take.
   * @param cut ends the connection: the header has promised more than now comes
   * @throws AppError `unavailable` where there are too many, `rate-limited` where they are the account's
   */
  begin(account: Id, read: () => Bytes, cut: () => void): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** How many are under way or wait. */
  readonly count: number;
}

export function createTransfers(
  { log, timers }: { log: Pick<Log, "warn">; timers: Timers },
): Transfers {
  const busy = new Map<Id, { turns: Turns; inside: number }>();
  let count = 0;

  const requirePlace = (account: Id) => {
    if (count >= IN_ALL) {
      throw new AppError("unavailable", "too much is being sent at this moment", { retryAfter: 5 });
    }
    if ((busy.get(account)?.inside ?? 0) >= AT_A_TIME + WAITING) {
      throw new AppError("rate-limited", "too many files are being sent to you", { retryAfter: 5 });
    }
  };

  /** Waits for its turn, and has it until what is given back is called. Called early, it never takes it. */
  const takeTurn = (account: Id): { come: Promise<void>; leave: () => void } => {
    requirePlace(account);
    const own = busy.get(account) ?? { turns: createTurns(AT_A_TIME), inside: 0 };
    busy.set(account, own);
    count++;
    own.inside++;
    const come = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    void own.turns.take(() => {
      come.resolve();
      return left.promise;
    });
    return {
      come: come.promise,
      leave: () => {
        count--;
        own.inside--;
        if (own.inside === 0) busy.delete(account);
        left.resolve();
      },
    };
  };

  return {
    get count() {
      return count;
    },
    begin: (account, read, cut) => {
      requirePlace(account);
      // Taken with the first chunk that somebody wants: of an answer that nobody waits for any more none
      // is ever wanted, and nobody says so.
      let turn: ReturnType<typeof takeTurn> | undefined;
      let iterator: AsyncIterator<Uint8Array<ArrayBuffer>> | undefined;
      let callOff = () => {};
      let over = false;
      const end = () => {
        if (over) return;
        over = true;
        callOff();
        turn?.leave();
        // Lets go of what it has open; what comes of that is nobody's any more.
        Promise.resolve(iterator?.return?.()).catch(() => {});
      };
      const giveUp = () => {
        end();
        cut();
      };
      const next = async (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
        if (turn === undefined) {
          turn = takeTurn(account);
          callOff = timers.after(WAIT_WITHIN, giveUp);
          await turn.come;
          callOff();
        }
        if (over) return;
        iterator ??= read()[Symbol.asyncIterator]();
        const { done, value } = await iterator.next();
        if (over) return;
        if (done === true) {
          end();
          controller.close();
          return;
        }
        controller.enqueue(value);
        callOff = timers.after(TAKE_WITHIN, giveUp);
      };
      return new ReadableStream({
        pull: async (controller) => {
          callOff();
          try {
            // Whoever asked has been answered: that they would wait for half a minute is over.
            await withoutDeadline(() => next(controller));
          } catch (error) {
            log.warn("file.cut", { error });
            giveUp();
            // Not an error of the stream, which the adapter would write into the file. The connection is
            // gone, which ends the stream as well.
            await new Promise(() => {});
          }
        },
        cancel: end,
      }, { highWaterMark: 0 });
    },
  };
}
