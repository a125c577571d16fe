import { FOLLOWED } from "../lib/bus/audience.ts";
import type {
  BusListener,
  DigestEnvelope,
  Envelope,
  LogEnvelope,
  MembersEnvelope,
} from "../lib/bus/bus.ts";
import type { Clock } from "../lib/clock.ts";
import { CLOSE } from "../lib/protocol/codes.ts";
import type { Id } from "../lib/protocol/model.ts";
import type { Membership } from "../lib/sql/members.ts";
import { visibleAfterOf } from "../lib/sql/visible_after.ts";
import type { DigestReader } from "./digest_reader.ts";
import type { Interest } from "./interest.ts";
import { createLosses, type HeadSource } from "./losses.ts";
import type { Memberships } from "./memberships.ts";
import type { PresenceTracker } from "./presence.ts";
import type { Session } from "./session.ts";

/** Knows this node's sessions and hands them what the bus brings. */
export interface Hub extends BusListener {
  /** How many sessions there are; asked at each new one, so nobody walks over them. */
  readonly connections: number;
  register(session: Session): void;
  unregister(session: Session): void;
  sessions(): Iterable<Session>;
  sessionsOf(user: Id): Iterable<Session>;
  /** Ends every connection of a session. */
  end(session: Id, reason: string): void;
  /** To be called about once a second. */
  tick(): void;
  /** The log is another one: everybody starts from what it says now. */
  startAnew(): void;
}

type ForMembers = LogEnvelope | MembersEnvelope;

export function createHub(parts: {
  interest: Interest;
  memberships: Memberships;
  digests: DigestReader;
  heads: HeadSource;
  presence: Pick<PresenceTracker, "joined" | "left" | "heard" | "related" | "lost">;
  clock: Clock;
  onError: (error: unknown) => void;
}): Hub {
  const { interest, memberships, digests, heads, presence, clock, onError } = parts;
  const byUser = new Map<Id, Set<Session>>();
  let connections = 0;
  /** Envelopes that wait for their conversation's members to be read, in order. */
  const waiting = new Map<Id, ForMembers[]>();

  const sessionsOf = (user: Id): Iterable<Session> => byUser.get(user) ?? [];

  function* sessions(): Iterable<Session> {
    for (const some of byUser.values()) yield* some;
  }

  const end = (session: Id, reason: string) => {
    for (const each of sessions()) {
      if (each.session === session) each.end(reason);
    }
  };

  /** Conversations that seem to be nobody's here, to be asked about with the next tick. */
  const doubted = new Set<Id>();

  const fanOut = (envelope: ForMembers, membership: Membership) => {
    const { conversation, members } = membership;
    let found = false;
    for (const [user, member] of members) {
      const own = byUser.get(user);
      if (own === undefined) continue;
      found = true;
      // In case this node was told otherwise, or nothing.
      interest.joined(user, conversation);
      for (const session of own) {
        if (envelope.kind === "members") session.send(envelope.frame);
        else if (session.connection === envelope.spare) continue;
        else if (envelope.seq > visibleAfterOf(membership, member)) {
          session.send(envelope.frame);
        } else {
          // Said before this person came: only the cursor moves.
          const { rev } = envelope;
          session.send({ type: "advance", conversation, rev });
        }
      }
    }
    if (members.size >= FOLLOWED) interest.follow(conversation);
    if (!found && interest.includes(conversation)) doubted.add(conversation);
  };

  const toMembers = (envelope: ForMembers) => {
    const { conversation } = envelope;
    const queue = waiting.get(conversation);
    if (queue !== undefined) {
      queue.push(envelope);
      return;
    }
    const known = memberships.peek(conversation);
    if (known !== undefined && known.membersRev >= envelope.membersRev) {
      fanOut(envelope, known);
      return;
    }
    waiting.set(conversation, [envelope]);
    readMembers(conversation).catch((error) => {
      // Nothing can be fanned out without the database, and the digests count this as heard.
      const queue = waiting.get(conversation) ?? [];
      waiting.delete(conversation);
      const besides = queue.some(({ kind }) => kind === "members");
      losses.owe({ behind: [conversation], besides });
      onError(error);
    });
  };

  /** Fans out what waits for a conversation's members, under a membership that is new enough. */
  const readMembers = async (conversation: Id) => {
    while (true) {
      const before = waiting.get(conversation)?.length ?? 0;
      const membership = (await memberships.reload([conversation])).get(conversation);
      const queue = waiting.get(conversation) ?? [];
      // What came during the read may belong to a membership that is newer still.
      let served = 0;
      for (const envelope of membership === undefined ? [] : queue) {
        if (served >= before && envelope.membersRev > (membership?.membersRev ?? 0)) break;
        if (membership !== undefined) fanOut(envelope, membership);
        served++;
      }
      const left = membership === undefined ? [] : queue.slice(served);
      if (left.length === 0) {
        waiting.delete(conversation);
        return;
      }
      waiting.set(conversation, left);
    }
  };

  const losses = createLosses({
    ...{ heads, interest, clock, onError },
    sessions: { users: () => [...byUser.keys()], all: sessions, of: sessionsOf },
    onAnything: presence.lost,
  });

  /** Conversations of those who came without this node hearing of it: nor was what is said there. */
  const newTo = (came: DigestEnvelope["came"]): Set<Id> =>
    new Set(
      came.filter(([conversation, user]) => interest.joined(user, conversation))
        .map(([conversation]) => conversation),
    );

  const ofNobody = ({ conversation, audience }: LogEnvelope) => {
    // It names nobody who is here; of a group whoever is about to be known to be in it.
    if (audience === "all" || audience.group) interest.missed([conversation]);
  };

  const onLog = (envelope: LogEnvelope) => {
    const { conversation, rev, came = [] } = envelope;
    const behind = newTo(came.map((user) => [conversation, user]));
    if (!interest.concerns(envelope)) return ofNobody(envelope);
    digests.heard(conversation, rev);
    toMembers(envelope);
    // Something may have been said between the commit that let them in and this.
    if (behind.size > 0) losses.behind(behind);
  };

  const onDigest = (digest: DigestEnvelope) => {
    const behind = newTo(digest.came);
    // Also of whom it is known: the news that they came may have arrived after what was said since, and
    // a client that hears of a conversation anew forgets that.
    for (const [conversation, user] of digest.came) {
      if (byUser.has(user)) behind.add(conversation);
    }
    const loss = digests.digest(digest);
    if (loss !== undefined && "since" in loss) losses.owe(loss);
    const foreign: Id[] = [];
    for (const conversation of loss !== undefined && "behind" in loss ? loss.behind : []) {
      if (interest.includes(conversation)) behind.add(conversation);
      else foreign.push(conversation);
    }
    interest.missed(foreign);
    if (behind.size > 0) losses.behind(behind);
  };

  return {
    get connections() {
      return connections;
    },
    register: (session) => {
      connections++;
      void interest.want(session.user);
      const own = byUser.get(session.user);
      if (own === undefined) byUser.set(session.user, new Set([session]));
      else own.add(session);
      presence.joined(session);
    },
    unregister: (session) => {
      const own = byUser.get(session.user);
      // A session that failed at its start is unregistered before its socket closes, and then again.
      if (own?.delete(session)) {
        connections--;
        interest.unwant(session.user);
      }
      if (own?.size === 0) byUser.delete(session.user);
      presence.left(session);
    },
    sessions,
    sessionsOf,
    end,
    startAnew: () => {
      memberships.clear();
      digests.forget();
      // `session.ready` names the log that they meet when they are back.
      for (const session of sessions()) {
        session.close(CLOSE.restarted, "the log is another one now");
      }
    },
    tick: () => {
      losses.owe({ behind: [...doubted] });
      doubted.clear();
      const loss = digests.tick();
      if (loss !== undefined) losses.owe(loss);
      losses.tick();
    },
    envelope: (envelope: Envelope) => {
      switch (envelope.kind) {
        case "log":
          return onLog(envelope);
        case "members":
          if (interest.concerns(envelope)) toMembers(envelope);
          return;
        case "people":
          for (const user of envelope.users) {
            for (const session of sessionsOf(user)) session.send(envelope.frame);
          }
          return;
        case "presence":
          return presence.heard(envelope.changes);
        case "relation":
          return presence.related(...envelope.between);
        case "session-ended":
          return end(envelope.session, envelope.reason);
        case "digest":
          return onDigest(envelope);
      }
    },
    reconnected: () => losses.owe({ since: clock.now() - RECONNECT_WINDOW, besides: true }),
  };
}

/** Milliseconds that a bus may have been away before it noticed. */
const RECONNECT_WINDOW = 15 * 60_000;
