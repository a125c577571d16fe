import { AppError, notDelivered, notMember } from "../lib/errors.ts";
import type { Id } from "../lib/protocol/model.ts";
import type { AppendEntry, AppendRow, StoredOutcome } from "../lib/sql/append.ts";
import type { ChangeAction, ChangeEntry, ChangeRow } from "../lib/sql/change.ts";
import type { Membership } from "../lib/sql/members.ts";
import { visibleAfterOf } from "../lib/sql/visible_after.ts";

export type Stored = Extract<AppendRow, { outcome: StoredOutcome }>;
export type Changed = Extract<ChangeRow, { outcome: "changed" | "unchanged" }>;

/** Something on its way into a log. One of its two callbacks is called, once. */
export type Job = AppendJob | ChangeJob;

export type AppendJob = {
  readonly kind: "append";
  readonly conversation: Id;
  readonly person: Id;
  readonly entry: AppendEntry;
  stored(row: Stored, membership: Membership): void;
  failed(error: AppError): void;
};

export type ChangeJob = {
  readonly kind: "change";
  readonly conversation: Id;
  readonly person: Id;
  readonly seq: number;
  readonly action: ChangeAction;
  /** @param repeated whether an earlier run may have done this already, and told nobody */
  changed(row: Changed, membership: Membership, repeated: boolean): void;
  failed(error: AppError): void;
};

/** Why somebody may not do this as the membership stands; `now` is in milliseconds since 1970. */
export function refusalOf(
  job: Job,
  memberships: ReadonlyMap<Id, Membership>,
  now: number,
): AppError | undefined {
  const membership = memberships.get(job.conversation);
  const member = membership?.members.get(job.person);
  if (membership === undefined || member === undefined) return notMember();
  if (!membership.open) return notDelivered();
  const takesBack = job.kind === "change" && job.action.do === "recall";
  if ((member.silencedUntil ?? 0) > now && !takesBack) {
    return new AppError("forbidden", "an admin of this group lets you read only for now");
  }
  if (job.kind === "append" && job.entry.mentionsAll && !isAdmin(membership, job.person)) {
    return new AppError("forbidden", "only admins of a group mention everybody");
  }
  return undefined;
}

/** What a message is under a membership, for the statement. */
export function appendEntry(
  job: AppendJob,
  memberships: ReadonlyMap<Id, Membership>,
): AppendEntry {
  if (job.entry.replyTo === undefined) return job.entry;
  return { ...job.entry, visibleAfter: placeOf(job, memberships).visibleAfter };
}

/** What a change is under a membership, for the statement. */
export function changeEntry(job: ChangeJob, memberships: ReadonlyMap<Id, Membership>): ChangeEntry {
  const { conversation, person, seq, action } = job;
  const { membership, visibleAfter } = placeOf(job, memberships);
  // Two people who talk to each other both decide what is worth a pin.
  const moderates = isAdmin(membership, person) ||
    membership.kind === "direct" && action.do === "pin";
  return { conversation, seq, actor: person, visibleAfter, moderates, action };
}

/** Where somebody stands who may do this. */
function placeOf(
  { conversation, person }: Job,
  memberships: ReadonlyMap<Id, Membership>,
): { membership: Membership; visibleAfter: number } {
  const membership = memberships.get(conversation);
  const member = membership?.members.get(person);
  if (membership === undefined || member === undefined) {
    throw new Error("something of somebody who is no member was admitted");
  }
  return { membership, visibleAfter: visibleAfterOf(membership, member) };
}

/** @param repeated whether the statement was run before, with an outcome that nobody knows */
export function settle(
  job: Job,
  row: AppendRow | ChangeRow,
  membership: Membership,
  repeated: boolean,
): void {
  if ("seq" in row) {
    if (job.kind === "append") return job.stored(row, membership);
  } else if ("message" in row) {
    if (job.kind === "change") return job.changed(row, membership, repeated);
  } else if (row.outcome === "no-file") return job.failed(noFile(row.file));
  else return job.failed(problemOf(row.outcome));
  throw new Error(`a job of the kind ${job.kind} came out as ${row.outcome}`);
}

type Refused = Exclude<
  (AppendRow | ChangeRow)["outcome"],
  (Stored | Changed)["outcome"] | "no-file"
>;

/** The same for a file that is not there and for one that is not theirs. */
function noFile(file: Id): AppError {
  return new AppError("not-found", `there is no file ${file}`);
}

function problemOf(outcome: Refused): AppError {
  switch (outcome) {
    case "conflict":
      return new AppError(
        "conflict",
        "this clientId was used before, for a message with other content",
      );
    case "bad-reply":
      return new AppError("invalid", "replyTo names a message that does not exist");
    case "not-found":
      return new AppError("not-found", "there is no such message");
    case "forbidden":
      return new AppError("forbidden", "this is not yours to do to this message");
    case "recalled":
      return new AppError("gone", "this message was recalled");
    case "too-late":
      return new AppError("forbidden", "a message can be recalled for two minutes");
    case "too-many":
      return new AppError("conflict", "this message has as many different reactions as it can");
    case "stale":
      throw new Error("what is stale is run again, not settled");
  }
}

function isAdmin({ kind, members }: Membership, person: Id): boolean {
  return kind === "group" && members.get(person)?.role !== "member";
}
