import type { Id, Member } from "../lib/protocol/model.ts";

/** Takes over who the members are. A receipt that came while they were on their way stays. */
export function mergeMembers(known: readonly Member[], fresh: readonly Member[]): Member[] {
  const before = new Map(known.map((member) => [member.user.id, member]));
  return fresh.map((member) => {
    const old = before.get(member.user.id);
    return old === undefined ? member : reach(member, old);
  });
}

/** Somebody has come further: positions only grow, in whatever order they are told. */
export function moveMember(
  members: readonly Member[],
  user: Id,
  to: Pick<Member, "readSeq" | "deliveredSeq">,
): Member[] {
  return members.map((member) => member.user.id === user ? reach(member, to) : member);
}

/** The lowest positions that all the others have reached; 0 where nobody is known. */
export type Reached = { othersDelivered: number; othersRead: number };

export function reachedByOthers(members: readonly Member[], me: Id): Reached {
  const others = members.filter(({ user }) => user.id !== me);
  const lowest = (pick: (member: Member) => number) =>
    others.reduce((least, member) => Math.min(least, pick(member)), others.length && Infinity);
  return {
    othersDelivered: lowest(({ deliveredSeq }) => deliveredSeq),
    othersRead: lowest(({ readSeq }) => readSeq),
  };
}

function reach(member: Member, to: Pick<Member, "readSeq" | "deliveredSeq">): Member {
  return {
    ...member,
    readSeq: Math.max(member.readSeq, to.readSeq),
    deliveredSeq: Math.max(member.deliveredSeq, to.deliveredSeq),
  };
}
