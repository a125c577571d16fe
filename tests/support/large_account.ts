/** Somebody who comes back after a month: 2,000 conversations and 100,000 messages they have not read. */
import type { Id } from "../../lib/protocol/model.ts";
import type { Sql } from "../../lib/sql/open.ts";
import { seedUser } from "./seed.ts";

export const CONVERSATIONS = 2_000;
const OTHERS = 2_000;
/** Conversations that this person is not in: a table of nothing but their own would be no test. */
const FOREIGN = 10_000;

/**
 * Conversation `n` is direct where `n` is even, a group of 200 for every fiftieth, a group of five
 * otherwise. A tenth of them is read to the end, some were joined late; of what is not read there
 * are own messages, mentions of this person, of others and of all, recalls and events.
 * @returns the person's id
 */
export async function seedLargeAccount(sql: Sql): Promise<Id> {
  const me = await seedUser(sql);
  await sql.begin(async (tx) => {
    await tx`create temporary table others on commit drop as
      select n, gen_random_uuid() as id from generate_series(1, ${OTHERS}::int) n`;
    await tx`insert into users (id, username, email, display_name, password_hash)
      select id, 'other' || n, 'other' || n || '@example.org', 'Other ' || n, 'none' from others`;
    await tx`create temporary table rooms on commit drop as
      select n, gen_random_uuid() as id, n % 2 = 0 as direct,
        case when n % 2 = 0 then 2 when n % 50 = 1 then 200 else 5 end as people,
        case when n % 10 = 0 then 0 when n % 50 = 1 then 600 else 52 end as behind
      from generate_series(1, ${CONVERSATIONS}::int) n`;
    // Five that were read, and those behind them.
    await tx`insert into conversations (id, kind, title, seq, rev, member_count, history_visible,
        created_at, active_at, changed_at)
      select id, case when direct then 'direct' else 'group' end,
        case when direct then '' else 'Group ' || n end, 5 + behind, 5 + behind, people,
        n % 3 = 0, now() - interval '1 year', t.at, t.at
      from rooms, lateral (
        select date_trunc('milliseconds', now() - make_interval(secs => n * 977 % 2500000)) as at) t`;
    // The first is this person, the next the partner of the direct conversation of that number.
    await tx`insert into members (conversation_id, user_id, joined_seq, read_seq, pinned, hidden_seq,
        marked_seq, draft)
      select id, ${me}, case when n % 14 = 3 then 12 else 0 end,
        case when n % 10 = 0 or n % 14 <> 3 then 5 else 0 end, n % 40 = 0,
        case when n % 60 = 0 then 5 end, case when n % 70 = 0 then 5 end,
        case when n % 30 = 0 then 'half a sentence' else '' end
      from rooms`;
    await tx`insert into members (conversation_id, user_id)
      select r.id, o.id from rooms r
      join others o on o.n > ((r.n * 7) % ${OTHERS - 200}) and o.n < ((r.n * 7) % ${
      OTHERS - 200
    }) + r.people
      where not r.direct`;
    await tx`insert into members (conversation_id, user_id)
      select r.id, o.id from rooms r join others o on o.n = r.n where r.direct`;
    await tx`insert into contacts (user_id, contact_id, conversation_id)
      select ${me}, o.id, r.id from rooms r join others o on o.n = r.n where r.direct
      union all
      select o.id, ${me}, r.id from rooms r join others o on o.n = r.n where r.direct`;
    await tx`insert into messages (conversation_id, seq, rev, id, sender_id, client_id, kind, text,
        mentions, mentions_all, event, created_at, recalled_at)
      select r.id, s, s, gen_random_uuid(), case when s % 17 = 0 then ${me} else o.id end,
        gen_random_uuid(), k.kind, case when k.kind = 'system' or k.recalled then '' else
          'Shall we meet at the station at half past six, or somewhere else?' end,
        case when k.kind = 'system' then null
          when s % 23 = 0 then array[${me}::uuid, o.id] when s % 11 = 0 then array[o.id] end,
        k.kind <> 'system' and not r.direct and (s + r.n) % 150 = 0,
        case when k.kind = 'system' then jsonb_build_object('type', 'renamed', 'by', o.id, 'title', 'x')
          end,
        now() - interval '1 month', case when k.recalled then now() - interval '1 week' end
      from rooms r cross join generate_series(1, 5 + r.behind) s
      cross join lateral (
        select case when (s + r.n) % 90 = 0 and not r.direct then 'system' else 'text' end as kind,
          (s + r.n) % 40 = 7 as recalled
      ) k
      join others o on o.n = case when r.direct then r.n
        else (r.n * 7) % ${OTHERS - 200} + 1 + s % (r.people - 1) end`;
    await tx`create temporary table foreign_rooms on commit drop as
      select n, gen_random_uuid() as id from generate_series(1, ${FOREIGN}::int) n`;
    await tx`insert into conversations (id, kind, seq, rev, member_count)
      select id, 'group', 1, 1, 2 from foreign_rooms`;
    await tx`insert into members (conversation_id, user_id)
      select f.id, o.id from foreign_rooms f
      join others o on o.n in (f.n % ${OTHERS} + 1, (f.n * 13 + 1) % ${OTHERS} + 1)
      on conflict do nothing`;
    await tx`insert into messages (conversation_id, seq, rev, id, sender_id, client_id, kind, text,
        created_at)
      select f.id, 1, 1, gen_random_uuid(), o.id, gen_random_uuid(), 'text', 'hello', now()
      from foreign_rooms f join others o on o.n = f.n % ${OTHERS} + 1`;
  });
  return me;
}
