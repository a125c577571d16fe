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

function reach(member: Member, to: Pick<Member, "readSeq" | "deliveredSeq">): Member {
  return {
    ...member,
    readSeq: Math.max(member.readSeq, to.readSeq),
    deliveredSeq: Math.max(member.deliveredSeq, to.deliveredSeq),
  };
}
