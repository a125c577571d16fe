/**
 * The counts of unread messages and mentions against a model that walks over the messages, through
 * short histories made by chance. In a long form:
 *
 *     deno test -A tests/lib/sql/unread_test.ts -- --seed=new --runs=10000
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { newId } from "../../../lib/ids.ts";
import type { Id } from "../../../lib/protocol/model.ts";
import { appendBatch } from "../../../lib/sql/append.ts";
import { appendEvent } from "../../../lib/sql/append_event.ts";
import { listConversations, readConversation } from "../../../lib/sql/conversations.ts";
import { arrayLiteral, type Sql } from "../../../lib/sql/open.ts";
import { moveReceipts } from "../../../lib/sql/receipts.ts";
import { appendEntry } from "../../support/append_entry.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { addMember, removeMember, seedGroup, seedUser } from "../../support/seed.ts";
import {
  countNaively,
  type Counts,
  type ModelRoom,
  type Step,
  takeStep,
} from "../../support/unread_model.ts";

const PEOPLE = 4;
/** Two, so that what belongs to another conversation is there to be counted by mistake. */
const ROOMS = 2;
const RUNS = 200;
/** The same for everybody: a run that fails, fails by what was changed. */
const SEED = 20_270_304;

const room = fc.nat(ROOMS - 1);
const by = fc.nat(PEOPLE - 1);
const seq = fc.integer({ min: 1, max: 14 });
const mentions = fc.uniqueArray(by, { maxLength: 3 });
const all = fc.boolean();

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ do: fc.constant("say" as const), room, by, mentions, all }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("event" as const), room, by }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constantFrom("read" as const, "deliver"), room, by, seq }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom("join" as const, "leave"), room, by }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("show-history" as const), room, on: fc.boolean() }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("recall" as const), room, seq }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant("edit" as const), room, seq, mentions, all }),
    },
  ),
  { minLength: 5, maxLength: 30 },
);

testWithDatabase(
  "unread and mentions are what walking over the messages finds",
  async ({ sql }) => {
    const option = (name: string) =>
      Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
    const given = option("seed") ?? SEED;
    const path = option("path");
    let taken = 0;
    const property = fc.asyncProperty(steps, async (history) => {
      taken += await compare(sql, history);
    });
    const details = await fc.check(property, {
      seed: given === "new" ? Math.trunc(Math.random() * 2 ** 31) : Number(given),
      numRuns: Number(option("runs") ?? (path === undefined ? RUNS : 1)),
      ...(path !== undefined && { path }),
    });
    if (details.failed) {
      throw new Error(
        [
          ...(details.counterexample?.[0] ?? []).map((step) => JSON.stringify(step)),
          "which is replayed by",
          `deno test -A tests/lib/sql/unread_test.ts -- --seed=${details.seed} --path=${details.counterexamplePath}`,
        ].join("\n"),
        { cause: details.errorInstance },
      );
    }
    // A history in which nothing can be done would prove nothing.
    assert.ok(path !== undefined || taken > 5 * details.numRuns, `${taken} steps`);
  },
);

/** @returns how many steps could be taken */
async function compare(sql: Sql, history: readonly Step[]): Promise<number> {
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => seedUser(sql)));
  const ids = await Promise.all(Array.from({ length: ROOMS }, () => seedGroup(sql, people)));
  const rooms = ids.map((): ModelRoom => ({
    messages: [],
    members: new Map(people.map((_, index) => [index, { joined: 0, read: 0 }])),
    historyVisible: false,
  }));
  let taken = 0;
  for (const step of history) {
    const [model, id] = [rooms[step.room], ids[step.room]];
    assert.ok(model !== undefined && id !== undefined);
    if (!takeStep(model, step)) continue;
    taken++;
    await act(sql, id, people, step);
  }
  for (const [person, user] of people.entries()) {
    const { conversations } = await listConversations(sql, user, {});
    const listed = new Map(conversations.map((found) => [found.id, found]));
    for (const [index, id] of ids.entries()) {
      const model = rooms[index];
      assert.ok(model !== undefined);
      const expected = countNaively(model, person);
      for (const found of [listed.get(id), await readConversation(sql, user, id)]) {
        const counts: Counts | undefined = found && {
          unread: found.unread,
          mentions: found.mentions,
          last: found.lastMessage?.seq,
          people: found.memberCount,
        };
        assert.deepEqual(counts, expected, `person ${person} in room ${index}`);
      }
    }
  }
  return taken;
}

async function act(sql: Sql, conversation: Id, people: readonly Id[], step: Step): Promise<void> {
  const user = "by" in step ? people[step.by] ?? "" : "";
  const mentioned = "mentions" in step ? step.mentions.map((index) => people[index] ?? "") : [];
  switch (step.do) {
    case "say": {
      const entry = appendEntry(conversation, user, {
        mentions: mentioned.length === 0 ? undefined : mentioned,
      });
      const [row] = await sql<{ membersRev: number }[]>`
        select members_rev from conversations where id = ${conversation}`;
      const versions = new Map([[conversation, row?.membersRev ?? 0]]);
      const [said] = await appendBatch(sql, [entry], versions);
      assert.equal(said?.outcome, "stored");
      if (step.all) await sql`update messages set mentions_all = true where id = ${entry.id}`;
      return;
    }
    case "event":
      await sql.begin(async (tx) => {
        await tx`select from conversations where id = ${conversation} for update`;
        await appendEvent(tx, conversation, { type: "renamed", by: user, title: newId() });
      });
      return;
    case "read":
    case "deliver": {
      const readSeq = step.do === "read" ? step.seq : 0;
      await moveReceipts(sql, [{ user, conversation, readSeq, deliveredSeq: step.seq }]);
      return;
    }
    case "join":
      return await addMember(sql, conversation, user);
    case "leave":
      return await removeMember(sql, conversation, user);
    case "show-history":
      await sql`update conversations set history_visible = ${step.on} where id = ${conversation}`;
      return;
    case "recall":
      await sql`
        with moved as (
          update conversations set rev = rev + 1 where id = ${conversation} returning rev
        )
        update messages set rev = moved.rev, text = '', recalled_at = now() from moved
        where conversation_id = ${conversation} and seq = ${step.seq}`;
      return;
    case "edit":
      await sql`
        with moved as (
          update conversations set rev = rev + 1 where id = ${conversation} returning rev
        )
        update messages set rev = moved.rev, text = 'edited', edited_at = now(),
          mentions_all = ${step.all},
          mentions = ${mentioned.length === 0 ? null : arrayLiteral(mentioned)}::text::uuid[]
        from moved where conversation_id = ${conversation} and seq = ${step.seq}`;
      return;
  }
}
