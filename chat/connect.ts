import type { Clock } from "../lib/clock.ts";
import { AppError, messageOf } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { AllowOrigin } from "../lib/origins.ts";
import { CLOSE, LIMITS, SUBPROTOCOL, TICKET_SUBPROTOCOL_PREFIX } from "../lib/protocol/codes.ts";
import type { Head, Id } from "../lib/protocol/model.ts";
import type { ChatStore } from "../lib/sql/chat_store.ts";
import type { Start, TicketOwner } from "../lib/sql/tickets.ts";
import { hashToken } from "../lib/tokens.ts";
import type { Dispatch } from "./dispatch.ts";
import { HEARTBEAT } from "./heartbeat.ts";
import type { Hub } from "./hub.ts";
import type { Arrival, Interest } from "./interest.ts";
import { roomForAccount } from "./room_for_account.ts";
import { createSession, type Session } from "./session.ts";
import type { Upgrade } from "./socket/socket.ts";

type Parts = {
  readonly node: string;
  readonly isolate: string;
  readonly store: ChatStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly hub: Hub;
  readonly interest: Interest;
  readonly dispatch: Dispatch;
  readonly allowOrigin: AllowOrigin;
  readonly limits: boolean;
};

/** Turns a request for a WebSocket into a live session, or refuses it. */
export async function connect(parts: Parts, upgrade: Upgrade): Promise<void> {
  const { node, store, log, allowOrigin } = parts;
  const origin = upgrade.header("origin");
  if (origin !== undefined && !allowOrigin(origin, upgrade.header("host"))) {
    return upgrade.refuse(new AppError("forbidden", `the origin ${origin} may not connect`));
  }
  const offered = upgrade.header("sec-websocket-protocol")?.split(",").map((part) => part.trim());
  if (offered !== undefined && !offered.includes(SUBPROTOCOL)) {
    return upgrade.refuse(new AppError("invalid", `offer the subprotocol ${SUBPROTOCOL}`));
  }
  const ticket = readTicket(offered, upgrade.header("authorization"));
  if (ticket === undefined) {
    return upgrade.refuse(new AppError("unauthenticated", "a ticket is needed"));
  }

  let owner: TicketOwner | undefined;
  try {
    owner = await store.useTicket(hashToken(ticket), node);
  } catch (error) {
    log.warn("connect.failed", { error: messageOf(error) });
    const retryAfter = 2;
    return upgrade.refuse(
      new AppError("unavailable", "the database cannot be reached", { retryAfter }),
    );
  }
  if (owner === undefined) {
    return upgrade.refuse(
      new AppError("unauthenticated", "the ticket was used, has expired or is for another node"),
    );
  }
  await begin(parts, upgrade, owner);
}

/**
 * Registers before it reads the heads, so that nothing published in between is missed: frames that
 * come early wait behind `session.ready`. The session is checked again in the same read, because it
 * may have ended after the ticket was used and before anyone would have told this node.
 */
async function begin(parts: Parts, upgrade: Upgrade, owner: TicketOwner): Promise<void> {
  const { interest } = parts;
  try {
    // Heard from here on, so that what is said before this comes with the heads.
    await interest.want(owner.user);
    const session = accept(parts, upgrade, owner);
    if (session !== undefined) await greet(parts, session);
  } finally {
    // The hub wants it itself for as long as the session is registered.
    interest.unwant(owner.user);
  }
}

async function greet(parts: Parts, session: Session): Promise<void> {
  const { hub, interest, store, log, clock } = parts;
  try {
    using arrival = interest.arrive(session.user);
    const start = await store.readStart(session.session);
    if (start === undefined) return session.end("the session has ended");
    const heads = await settle(parts, session, arrival, start);
    session.ready({
      type: "session.ready",
      user: session.user,
      session: session.session,
      node: parts.node,
      isolate: parts.isolate,
      epoch: start.epoch,
      heartbeat: HEARTBEAT,
      at: new Date(clock.now()).toISOString(),
      limits: { frameBytes: LIMITS.frameBytes, textCharacters: LIMITS.textCharacters },
      heads,
    });
  } catch (error) {
    log.warn("connect.failed", { error: messageOf(error) });
    hub.unregister(session);
    session.close(CLOSE.internalError, "the database cannot be reached");
  }
}

/** The heads as they are once nothing more will be missed. */
async function settle(
  { store }: Parts,
  { user }: Session,
  arrival: Arrival,
  { heads, large }: Start,
): Promise<Head[]> {
  const again = await arrival.settle(heads.map(({ conversation }) => conversation), large);
  if (again.length === 0) return heads;
  const later = new Map<Id, Head>();
  for (const { user: _, large: __, ...head } of await store.readHeads(again, [user])) {
    later.set(head.conversation, head);
  }
  return heads.map((head) => later.get(head.conversation) ?? head);
}

function accept(parts: Parts, upgrade: Upgrade, owner: TicketOwner): Session | undefined {
  const { hub, clock, dispatch, limits, log } = parts;
  if (limits && !roomForAccount(hub.sessionsOf, owner.user, clock.now())) {
    const message = "this account has too many connections";
    upgrade.refuse(new AppError("rate-limited", message, { retryAfter: 30 }));
    return undefined;
  }
  // The socket is paused, so none of these is called before there is a session.
  const socket = upgrade.accept({
    text: (data) => {
      if (!session.closing) dispatch(session, data);
    },
    binary: () => session.close(CLOSE.unsupportedData, "binary frames are refused"),
    heard: () => session.heard(),
    closed: () => {
      // What waits for its turn asks nothing more.
      session.terminate();
      hub.unregister(session);
      log.debug("socket.closed", { connection });
    },
  });
  if (socket === undefined) return undefined;
  const connection = crypto.randomUUID();
  const session: Session = createSession({ owner, connection, socket, clock, limits });
  hub.register(session);
  log.debug("socket.opened", { connection, ...owner });
  return session;
}

/** Browsers can send it as a subprotocol only; programs may use a header. */
function readTicket(
  offered: readonly string[] | undefined,
  authorization: string | undefined,
): string | undefined {
  const protocol = offered?.find((each) => each.startsWith(TICKET_SUBPROTOCOL_PREFIX));
  if (protocol !== undefined) return protocol.slice(TICKET_SUBPROTOCOL_PREFIX.length);
  return /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
}
