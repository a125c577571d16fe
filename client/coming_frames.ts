/** Frames that this client sends and `lib/protocol/frames.ts` is about to have. */
import type * as known from "../lib/protocol/frames.ts";
import type { Id, Presence, PresenceState } from "../lib/protocol/model.ts";

interface Coming {
  "typing": { fields: { conversation: Id; on: boolean }; answer: Record<never, never> };
  "presence.watch": { fields: { users: Id[] }; answer: { presence: Presence[] } };
  "presence.set": {
    fields: { state: Extract<PresenceState, "online" | "away" | "busy"> };
    answer: Record<never, never>;
  };
}

export type ClientFrameType = known.ClientFrameType | keyof Coming;

export type ClientFrameFields<T extends ClientFrameType> = T extends keyof Coming
  ? Coming[T]["fields"]
  : T extends known.ClientFrameType ? Omit<known.ClientFrameInput<T>, "type" | "ref">
  : never;

export type Answer<T extends ClientFrameType> = T extends keyof Coming ? Coming[T]["answer"]
  : T extends known.ClientFrameType ? known.Answers[T]
  : never;
