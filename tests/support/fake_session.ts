import { createSession, type Session } from "../../chat/session.ts";
import type { Clock } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { createFakeClock } from "./clock.ts";
import { createFakeSocket, type FakeSocket } from "./fake_socket.ts";

/** A real session on a fake socket, ready unless a test wants to see it before that. */
export type TestSession = {
  session: Session;
  socket: FakeSocket;
  /** What was sent after the first frame. */
  frames(): ServerFrame[];
};

export function openTestSession(
  options: {
    user?: Id;
    session?: Id;
    connection?: string;
    clock?: Clock;
    limits?: boolean;
    ready?: boolean;
  } = {},
): TestSession {
  const socket = createFakeSocket();
  const session = createSession({
    owner: { user: options.user ?? newId(), session: options.session ?? newId() },
    connection: options.connection ?? crypto.randomUUID(),
    socket,
    clock: options.clock ?? createFakeClock(),
    limits: options.limits ?? false,
  });
  const first = options.ready === false ? 0 : 1;
  if (first === 1) session.ready({ type: "resync" });
  return {
    session,
    socket,
    frames: () => socket.sent.slice(first).map((text): ServerFrame => JSON.parse(text)),
  };
}
