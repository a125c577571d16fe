import type { Handler } from "./handler.ts";

/** Whose presence this connection wants to know from now on, and how they are. */
export const presenceWatch: Handler<"presence.watch"> = async ({ presence }, session, frame) => ({
  presence: await session.turns.take(() => presence.watch(session, frame.users)),
});
