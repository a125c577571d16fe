/**
 * Frames that were tampered with, over real sockets. In a long form:
 * `deno test -A tests/peers/mutated_frames_test.ts -- --cases=1000000`
 */
import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { type AnswerCounter, openCounter, type Stored } from "../support/answer_counter.ts";
import { createCampaign, tell } from "../support/campaign.ts";
import { checkLog } from "../support/check_history.ts";
import { type FrameCase, makeFrame } from "../support/frame_cases.ts";
import { type PeerServer, type SeededPerson, startPeerServer } from "../support/peer_server.ts";
import { createRandom } from "../support/random.ts";
import { seedContacts, seedGroup } from "../support/seed.ts";

const campaign = createCampaign("tests/peers/mutated_frames_test.ts", 20_000);
const CONNECTIONS = 8;
/** Frames that one connection has in flight. */
const BATCH = 40;

type Writer = {
  readonly person: SeededPerson;
  /** Where the frames go: some of these the person is no member of, or does not exist. */
  readonly conversations: readonly Id[];
};

Deno.test("the server answers mutated frames once each, stores what it says, and goes on", async () => {
  await using server = await startPeerServer();
  const people = await Promise.all(Array.from({ length: CONNECTIONS }, () => server.person()));
  const { sql } = server.database;
  const everyone = await seedGroup(sql, people.map(({ id }) => id));
  const own: Id[] = [];
  const writers: Writer[] = [];
  for (const [index, person] of people.entries()) {
    const next = people[(index + 1) % people.length] ?? person;
    const mine = await seedGroup(sql, [person.id]);
    const direct = await seedContacts(sql, person.id, next.id);
    own.push(mine, direct);
    writers.push({ person, conversations: [everyone, mine, mine, direct, newId()] });
  }
  // Who may do more has more that can go wrong.
  await sql`update members set role = 'admin'`;
  writers.forEach((writer, index) => {
    const foreign = own[(index * 2 + 4) % own.length];
    writers[index] = {
      ...writer,
      conversations: [...writer.conversations, ...(foreign === undefined ? [] : [foreign])],
    };
  });

  const codes = new Map<string, number>();
  const stored: Stored[] = [];
  const keep = (line: AnswerCounter) => {
    for (const [code, times] of line.codes) codes.set(code, (codes.get(code) ?? 0) + times);
    for (const message of line.stored) stored.push(message);
  };
  let next = campaign.first;
  const end = campaign.first + campaign.count;
  const work = async (writer: Writer) => {
    let line = await connect(server, writer);
    while (next < end) {
      const first = next;
      const count = Math.min(BATCH, end - first);
      next += count;
      try {
        const cases = Array.from({ length: count }, (_, index) => caseOf(first + index, writer));
        for (const { bytes, expected } of cases) {
          if (expected.by !== "close") line.send(bytes, expected);
        }
        await line.settled();
        for (const { bytes, expected } of cases) {
          if (expected.by !== "close") continue;
          await line.check(everyone);
          line.send(bytes, expected);
          assert.equal(await line.closed(false), expected.code);
          const code = `closed ${expected.code}`;
          codes.set(code, (codes.get(code) ?? 0) + 1);
          keep(line);
          line = await connect(server, writer);
        }
      } catch (error) {
        throw new Error(`in one of these: ${campaign.replay(first, count)}`, { cause: error });
      }
    }
    await line.check(everyone);
    keep(line);
    await line.closed(true);
  };
  const began = performance.now();
  await Promise.all(writers.map(work));

  await server.checkUnharmed();
  const seqs = new Map<Id, number>();
  for (const conversation of [everyone, ...own]) {
    for (const { id, seq } of await checkLog(sql, conversation)) seqs.set(id, seq);
  }
  for (const { id, seq } of stored) {
    assert.equal(seqs.get(id), seq, "what was acknowledged is there");
  }
  await checkFreshClient(server, writers[0]);
  const seconds = Math.round((performance.now() - began) / 1000);
  const counted = [...codes].sort().map(([code, times]) => `${code} ${times}`).join(", ");
  tell(`${campaign.count} frames in ${seconds} s, seed ${campaign.seed}: ${counted}`);
  // What is refused everywhere proves little, and so does what is never refused.
  if (campaign.count >= 20_000) {
    const seen = ["ok", "pong", "invalid", "not-member", "not-found", "closed 1007", "closed 1009"];
    for (const code of seen) assert.ok((codes.get(code) ?? 0) > 0, code);
  }
});

function caseOf(number: number, { conversations }: Writer): FrameCase {
  return makeFrame(createRandom(campaign.seed, number), number + 1, conversations);
}

async function connect(server: PeerServer, { person }: Writer): Promise<AnswerCounter> {
  return await openCounter(server.port, await person.ticket());
}

async function checkFreshClient(server: PeerServer, writer: Writer | undefined): Promise<void> {
  assert.ok(writer !== undefined);
  const conversation = writer.conversations[1] ?? "";
  const line = await connect(server, writer);
  const frame = { type: "message.send", ref: 1, conversation, clientId: newId(), kind: "text" };
  const bytes = new TextEncoder().encode(JSON.stringify({ ...frame, text: "still here" }));
  line.send(bytes, { by: "ref", ref: 1 });
  await line.settled();
  assert.equal(line.stored.length, 1);
  await line.closed(true);
}
