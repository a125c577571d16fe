import type { Handler } from "./handler.ts";

/** How the person is at this device: told to those who watch them a tick later. */
export const presenceSet: Handler<"presence.set"> = ({ presence }, session, { state }) => {
  presence.set(session, state);
  return {};
};
