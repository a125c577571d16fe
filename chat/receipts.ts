import { audienceAmong } from "../lib/bus/audience.ts";
import type { Bus } from "../lib/bus/bus.ts";
import { notMember } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { ServerFrame } from "../lib/protocol/frames.ts";
import type { ChatStore } from "../lib/sql/chat_store.ts";
import type { MovedReceipt, ReceiptMove } from "../lib/sql/receipts.ts";
import { isCrowd, isInCrowd } from "./crowd.ts";
import { createGathering } from "./gathering.ts";
import type { Memberships } from "./memberships.ts";

/** Records how far people have read and received, many by one statement. */
export interface Receipts {
  /** Resolves after the commit. @throws AppError for who is no member */
  move(receipt: ReceiptMove): Promise<void>;
}

export function createReceipts(parts: {
  store: Pick<ChatStore, "moveReceipts">;
  memberships: Memberships;
  bus: Bus;
  log: Log;
}): Receipts {
  const { store, memberships, bus, log } = parts;

  /** Of one person's in one conversation only the furthest is stored, and told. */
  const moveAll = async (
    moves: readonly ReceiptMove[],
  ): Promise<readonly (MovedReceipt | undefined)[]> => {
    const furthest = new Map<string, ReceiptMove>();
    for (const move of moves) {
      const key = keyOf(move);
      const { readSeq = 0, deliveredSeq = 0 } = furthest.get(key) ?? {};
      furthest.set(key, {
        ...move,
        readSeq: Math.max(move.readSeq, readSeq),
        deliveredSeq: Math.max(move.deliveredSeq, deliveredSeq),
      });
    }
    const asked = [...furthest.values()];
    const found = await store.moveReceipts(asked);
    const answers = new Map<string, MovedReceipt>();
    for (const [index, move] of asked.entries()) {
      const moved = found[index];
      if (moved === undefined) continue;
      answers.set(keyOf(move), moved);
      if (!moved.moved) continue;
      // It is stored: whoever is not told finds it out another time.
      tell(move, moved).catch((error) => log.warn("receipt.not-told", { error }));
    }
    return moves.map((move) => answers.get(keyOf(move)));
  };

  const tell = async ({ conversation, user }: ReceiptMove, moved: MovedReceipt) => {
    const { readSeq, deliveredSeq } = moved;
    const told: ServerFrame = { type: "receipt", conversation, user, readSeq, deliveredSeq };
    const frame = JSON.stringify(told);
    const known = memberships.peek(conversation);
    const membership = known !== undefined && known.membersRev >= moved.membersRev
      ? known
      : (await memberships.reload([conversation])).get(conversation);
    // Whoever can be told nothing is not told either that they were read.
    if (membership?.open && !isCrowd(membership)) {
      const { membersRev, members } = membership;
      const audience = audienceAmong(members);
      bus.publish({ kind: "members", conversation, membersRev, audience, frame });
    } else {
      bus.publish({ kind: "people", users: [user], frame });
    }
  };

  const gather = createGathering(moveAll);

  return {
    move: async (move) => {
      // How far the devices of a crowd have received is told to nobody: not worth a write.
      if (move.readSeq === 0 && await isInCrowd(memberships, move)) return;
      if (await gather(move) === undefined) throw notMember();
    },
  };
}

function keyOf({ conversation, user }: ReceiptMove): string {
  return conversation + user;
}
