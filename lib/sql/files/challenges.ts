/** What somebody is asked to show of a content that they say they have, and cannot read here. */
import { newId } from "../../ids.ts";
import type { Id } from "../../protocol/model.ts";
import { inTransaction } from "../in_transaction.ts";
import { inTurn } from "../in_turn.ts";
import type { Sql, Transaction } from "../open.ts";
import type { SaidContent } from "./link_content.ts";

/** Seconds. */
const EXPIRES_IN = 60;
/**
 * Tries of one person with one content in an hour: who has half of a file would soon be asked for that
 * half.
 */
const TRIES = 3;
const REMEMBERED_HOURS = 1;
/** Old ones that go with each new one: more than come. */
const SWEPT = 10;

export type FileChallenge = { id: Id; offset: number; length: number };

/** @returns undefined for who has tried often enough */
export async function insertChallenge(
  sql: Sql,
  user: Id,
  content: Id,
  { start, length }: { start: number; length: number },
): Promise<FileChallenge | undefined> {
  const insert = async (tx: Transaction) => {
    await tx`
      delete from file_challenges where id in (
        select id from file_challenges
        where expires_at < clock_timestamp() - make_interval(hours => ${REMEMBERED_HOURS})
        order by expires_at limit ${SWEPT} for update skip locked)`;
    // Of several at once each counts those before it.
    await tx`select from users where id = ${user} for no key update`;
    const id = newId();
    const made = await tx`
      insert into file_challenges (id, user_id, content_id, start, length, expires_at)
      select ${id}, ${user}, c.id, ${start}, ${length},
        clock_timestamp() + make_interval(secs => ${EXPIRES_IN})
      from contents c
      where c.id = ${content} and ${TRIES} > (
        select count(*) from file_challenges x
        where x.user_id = ${user} and x.content_id = c.id
          and x.expires_at > clock_timestamp() - make_interval(hours => ${REMEMBERED_HOURS}))
      returning id`;
    return made.length === 0 ? undefined : { id, offset: start, length };
  };
  return await inTurn(sql, user, () => inTransaction(sql, insert));
}

export type TakenChallenge = { content: Id; start: number; length: number };

/** Each is taken once, whatever comes of it. Undefined for any that does not count for `user` and `said`. */
export async function takeChallenge(
  sql: Sql,
  user: Id,
  id: Id,
  { sha256, size }: SaidContent,
): Promise<TakenChallenge | undefined> {
  const [taken] = await sql<TakenChallenge[]>`
    update file_challenges x set used = true from contents c
    where x.id = ${id} and x.user_id = ${user} and not x.used and x.expires_at > clock_timestamp()
      and c.id = x.content_id and c.sha256 = decode(${sha256}, 'hex') and c.size = ${size}
    returning c.id as content, x.start, x.length`;
  return taken;
}
