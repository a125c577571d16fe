import assert from "node:assert/strict";
import { AppError } from "../../../lib/errors.ts";
import { createSeal } from "../../../lib/seal.ts";
import type { Sql } from "../../../lib/sql/open.ts";
import { codeMail } from "../../../verify/mail/compose.ts";
import { type Mail, type Mailer, MailRefused } from "../../../verify/mail/mailer.ts";
import type { Post, Posted } from "../../../verify/mail/post.ts";
import { delayAfter, startMailQueue } from "../../../verify/mail/queue.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { eventually } from "../../support/deadline.ts";
import { createFakeLog } from "../../support/fake_services.ts";
import { createFakeTimers, type FakeTimers } from "../../support/fake_timers.ts";
import { TEST_SECRET } from "../../support/test_server.ts";

interface Opened extends AsyncDisposable {
  readonly post: Post;
  /** Posts mails and lets the moment pass after which they are begun. */
  take(...mails: Posted[]): Promise<void>;
  /** What the mailer was given, whether or not it took it. */
  readonly tries: { to: string; id: string }[];
  readonly log: ReturnType<typeof createFakeLog>;
  readonly timers: FakeTimers;
  /** What the mailer does with a mail. */
  send: Mailer["send"];
}

function open(sql: Sql, change: { perMinute?: number; secret?: string } = {}): Opened {
  const log = createFakeLog();
  const timers = createFakeTimers();
  const tries: Opened["tries"] = [];
  let closed = () => {};
  const closing = new Promise<never>((_, reject) => closed = () => reject(new Error("closed")));
  closing.catch(() => {});
  const opened: Opened = {
    tries,
    log,
    timers,
    send: () => Promise.resolve(),
    take: async (...mails) => {
      for (const mail of mails) await opened.post.take(mail);
      await timers.pass(500);
    },
    post: startMailQueue({
      sql,
      seal: createSeal("mail", change.secret ?? TEST_SECRET),
      mailer: {
        send: (mail: Mail, id: string) => {
          tries.push({ to: mail.to, id });
          // Whoever closes it breaks off what it is at.
          return Promise.race([opened.send(mail, id), closing]);
        },
        [Symbol.asyncDispose]: () => Promise.resolve(closed()),
      },
      timers,
      log,
      perMinute: change.perMinute ?? Infinity,
    }),
    [Symbol.asyncDispose]: async () => {
      const ended = opened.post[Symbol.asyncDispose]();
      await timers.pass(3_000);
      await ended;
    },
  };
  return opened;
}

function posted(name: string, change: Partial<Posted> = {}): Posted {
  const addressed = { to: `${name}@example.org`, language: "en" } as const;
  const mail = codeMail(addressed, { purpose: "register", code: "271828", minutes: 10 });
  return { mail, kind: "register", lasts: 600_000, wanted: true, ...change };
}

const never = () => new Promise<never>(() => {});

async function waiting(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from mails`;
  return row?.count ?? -1;
}

/** With no mails but the test's own. */
function test(name: string, run: (sql: Sql) => Promise<void>): void {
  testWithDatabase(`startMailQueue ${name}`, async ({ sql }) => {
    await sql`delete from mails`;
    await sql`update mail_rate set next_at = clock_timestamp()`;
    await run(sql);
  });
}

/** As if the time had passed that whoever is at it has, or for which it was put back. */
async function makeDue(sql: Sql): Promise<void> {
  await sql`update mails set due_at = clock_timestamp()`;
}

test("begins a mail within half a second, without looking for it, and forgets it once it is sent", async (sql) => {
  await using queue = open(sql);
  await queue.take(posted("ann"));
  await eventually(() => queue.tries.length === 1, "the mail");
  await eventually(async () => await waiting(sql) === 0, "its end");
  assert.equal(queue.tries[0]?.to, "ann@example.org");
});

test("has stored a mail before that is said, sealed, and sends it after a restart", async (sql) => {
  {
    await using first = open(sql);
    first.send = () => Promise.reject(new Error("421 away"));
    await first.take(posted("ann"));
    assert.equal(await waiting(sql), 1);
    const [dump] = await sql<{ all: string; bytes: string }[]>`
      select m::text as all, encode(sealed, 'escape') as bytes from mails m`;
    assert.ok(dump !== undefined);
    const everything = dump.all + dump.bytes;
    assert.ok(!/271828|ann|example|Parley/.test(everything), everything);
    await eventually(() => first.log.lines.length > 0, "the failed try");
  }
  await using second = open(sql);
  await makeDue(sql);
  await second.timers.pass(1_000);
  await eventually(() => second.tries.length === 1, "the mail, by another process");
  await eventually(async () => await waiting(sql) === 0, "its end");
});

test("sends each of many mails once from two processes", async (sql) => {
  await using one = open(sql);
  await using other = open(sql);
  await Promise.all(
    Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? one : other).take(posted(`p${n}`))),
  );
  await eventually(async () => {
    await Promise.all([one, other].map(({ timers }) => timers.pass(1_000)));
    return await waiting(sql) === 0;
  }, "all mails");
  const sent = [...one.tries, ...other.tries].map(({ to }) => to);
  assert.equal(sent.length, 40);
  assert.equal(new Set(sent).size, 40);
});

test("takes over what a process was at that is gone, under the same id, and only after its time", async (sql) => {
  await using dead = open(sql);
  dead.send = never;
  await dead.take(posted("ann"));
  await eventually(() => dead.tries.length === 1, "the first try");
  await using other = open(sql);
  await other.timers.pass(3_000);
  await other.take(posted("ben"));
  await eventually(() => other.tries.length === 1, "another mail");
  assert.equal(other.tries[0]?.to, "ben@example.org");
  await makeDue(sql);
  await other.timers.pass(1_000);
  await eventually(() => other.tries.length === 2, "the mail of the other");
  assert.deepEqual(other.tries[1], dead.tries[0]);
});

test("tries again later what fails for now, more and more rarely, and says so without the address", async (sql) => {
  await using queue = open(sql);
  queue.send = () => Promise.reject(new Error("EENVELOPE 450 greylisted"));
  await queue.take(posted("ann"));
  for (let tries = 1; tries <= 3; tries++) {
    await eventually(() => queue.log.lines.length === tries, "the failed try");
    assert.match(queue.log.lines[tries - 1] ?? "", /^mail\.delayed register \d .*450 greylisted/);
    const readDelay = async () => {
      const [row] = await sql<{ seconds: number }[]>`
        select extract(epoch from due_at - clock_timestamp())::float8 as seconds from mails`;
      return row?.seconds ?? 0;
    };
    // Chance is one half.
    const expected = delayAfter(tries, 0.5) / 1000;
    await eventually(async () => {
      const seconds = await readDelay();
      return seconds <= expected && seconds > 0;
    }, "the delay");
    await makeDue(sql);
    if (tries === 3) queue.send = () => Promise.resolve();
    await queue.timers.pass(1_000);
  }
  await eventually(async () => await waiting(sql) === 0, "the mail");
  assert.equal(queue.tries.length, 4);
  assert.ok(!queue.log.lines.join().includes("ann"), queue.log.lines.join());
});

test("gives up what is refused for good, and what came too late", async (sql) => {
  await using queue = open(sql);
  queue.send = () => Promise.reject(new MailRefused("EENVELOPE 550 unknown"));
  await queue.take(posted("ann"));
  await eventually(async () => await waiting(sql) === 0, "giving up");
  assert.deepEqual(queue.log.lines, ["mail.refused register 1 EENVELOPE 550 unknown"]);
  queue.send = () => Promise.reject(new Error("away"));
  await queue.take(posted("ben"));
  await eventually(() => queue.log.lines.length === 2, "the failed try");
  await eventually(async () => {
    await sql`update mails set worthless_at = clock_timestamp(), due_at = clock_timestamp()`;
    await queue.timers.pass(5_000);
    return await waiting(sql) === 0;
  }, "giving up");
  assert.equal(queue.log.lines.at(-1), "mail.given-up register 1 it came too late");
  assert.deepEqual(queue.tries.map(({ to }) => to), ["ann@example.org", "ben@example.org"]);
});

test("gives up what another secret has sealed", async (sql) => {
  {
    await using old = open(sql, { secret: "another secret of at least thirty-two bytes" });
    old.send = () => Promise.reject(new Error("away"));
    await old.take(posted("ann"));
    await eventually(() => old.log.lines.length === 1, "the failed try");
  }
  await using queue = open(sql);
  await makeDue(sql);
  await queue.timers.pass(1_000);
  await eventually(async () => await waiting(sql) === 0, "giving up");
  assert.match(queue.log.lines.join(), /^mail\.unreadable register/);
  assert.deepEqual(queue.tries, []);
});

test("lets so many leave in a minute for all processes together, and keeps the rest", async (sql) => {
  await using one = open(sql, { perMinute: 1 });
  await using other = open(sql, { perMinute: 1 });
  const tries = () => one.tries.length + other.tries.length;
  for (const name of ["a", "b", "c"]) await one.take(posted(name));
  await eventually(() => tries() === 1, "the first mail");
  for (let n = 0; n < 3; n++) {
    await Promise.all([one.timers.pass(1_000), other.timers.pass(1_000)]);
    assert.deepEqual([tries(), await waiting(sql) >= 2], [1, true]);
  }
  for (let n = 2; n <= 3; n++) {
    await sql`update mail_rate set next_at = clock_timestamp()`;
    await other.timers.pass(1_000);
    await eventually(() => tries() === n, `mail ${n}`);
  }
  await eventually(async () => await waiting(sql) === 0, "the end");
});

test("refuses codes that would come too late, says when not any more, and counts none that nobody gets", async (sql) => {
  await using queue = open(sql, { perMinute: 1 });
  queue.send = () => Promise.reject(new Error("away"));
  await sql`update mail_rate set next_at = clock_timestamp() + interval '1 day'`;
  for (let n = 0; n < 9; n++) await queue.take(posted(`nobody${n}`, { wanted: false }));
  for (let n = 0; n < 5; n++) await queue.take(posted(`ann${n}`));
  await queue.post.refuseWhereFull();
  await queue.take(posted("ben"));
  await queue.take(posted("cleo"));
  await assert.rejects(queue.post.refuseWhereFull(), (error) => {
    assert.ok(error instanceof AppError);
    assert.deepEqual([error.code, error.retryAfter], ["unavailable", 120]);
    return true;
  });
  assert.equal(queue.tries.length, 0);
});

test("never sends what nobody gets, and says nothing of it", async (sql) => {
  await using queue = open(sql);
  await queue.take(posted("ann", { wanted: false }));
  assert.equal(await waiting(sql), 1, "it is stored like any other");
  await eventually(async () => {
    await queue.timers.pass(5_000);
    return await waiting(sql) === 0;
  }, "its end");
  assert.deepEqual([queue.tries, queue.log.lines], [[], []]);
});

test("gives back at its end what it is at", async (sql) => {
  const queue = open(sql);
  queue.send = never;
  await queue.take(posted("ann"));
  await eventually(() => queue.tries.length === 1, "the first try");
  await queue[Symbol.asyncDispose]();
  const [row] = await sql<{ soon: boolean }[]>`
    select due_at < clock_timestamp() + interval '10 s' as soon from mails`;
  assert.deepEqual(row, { soon: true });
});

test("gives back at its end what it gets only then, and sends it no more", async (sql) => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let claims = 0;
  const slow = async (strings: TemplateStringsArray, ...values: never[]) => {
    if (!/update mail_rate/.test(strings[0] ?? "")) return await sql(strings, ...values);
    claims++;
    const claimed = await sql(strings, ...values);
    await held;
    return claimed;
  };
  const queue = open(slow as unknown as Sql);
  await queue.take(posted("ann"));
  await eventually(() => claims === 1, "the claim");
  const ended = queue.post[Symbol.asyncDispose]();
  release();
  await ended;
  assert.deepEqual(queue.tries, []);
  const [row] = await sql<{ due: boolean }[]>`
    select due_at <= clock_timestamp() as due from mails`;
  assert.deepEqual(row, { due: true });
});

test("gives up a code that is as good as too late", async (sql) => {
  await using queue = open(sql);
  await queue.take(posted("ann", { lasts: 9_000 }), posted("ben", { lasts: 60_000 }));
  await eventually(async () => await waiting(sql) === 0, "the end");
  assert.deepEqual(queue.tries.map(({ to }) => to), ["ben@example.org"]);
  assert.deepEqual(queue.log.lines, ["mail.given-up register 0 it came too late"]);
});

test("writes down that a mail is sent as soon as the database is there again", async (sql) => {
  let failures = 2;
  const shaky = (strings: TemplateStringsArray, ...values: never[]) => {
    const broken = /delete from mails where id/.test(strings[0] ?? "") && failures-- > 0;
    if (!broken) return sql(strings, ...values);
    return Promise.reject(Object.assign(new Error("gone"), { code: "CONNECTION_CLOSED" }));
  };
  await using queue = open(shaky as unknown as Sql);
  await queue.take(posted("ann"));
  await eventually(async () => {
    await queue.timers.pass(1_000);
    return await waiting(sql) === 0;
  }, "the end");
  assert.deepEqual([queue.tries.length, queue.log.lines], [1, []]);
});

test("stores nothing whose address or subject has a line break in it", async (sql) => {
  await using queue = open(sql);
  const { mail } = posted("ann");
  for (
    const change of [{ to: "ann@example.org\r\nBcc: eve@example.org" }, { subject: "a\r\nBcc: b" }]
  ) {
    const wrong = { ...mail, ...change };
    await assert.rejects(queue.take(posted("ann", { mail: wrong })), /line break/);
  }
  assert.equal(await waiting(sql), 0);
});

Deno.test("delayAfter doubles up to ten minutes, and chance makes half of it", () => {
  assert.deepEqual([1, 2, 3].map((tries) => delayAfter(tries, 0)), [1_000, 2_000, 4_000]);
  assert.equal(delayAfter(50, 0), 300_000);
  assert.ok(delayAfter(1, 0.999) < 2_000);
});
