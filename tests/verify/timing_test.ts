/** What somebody with a watch learns of an address who asks for codes: nothing. */
import assert from "node:assert/strict";
import { createSeal } from "../../lib/seal.ts";
import { type CodePurpose } from "../../lib/protocol/requests.ts";
import { realTimers } from "../../lib/timers.ts";
import { createTokens } from "../../lib/tokens.ts";
import { startMailQueue } from "../../verify/mail/queue.ts";
import { createVerify } from "../../verify/service.ts";
import { apart, timesOf } from "../support/apart.ts";
import { startTestServer } from "../support/api_server.ts";
import { createFakePost } from "../support/fake_post.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { startSmtpServer } from "../support/smtp_server.ts";
import { TEST_SECRET } from "../support/test_server.ts";

const TRIES = 200;
const WARM_UP = 10;

/** Times `ask` for both kinds, in an order by chance: what the machine does meanwhile hits both alike. */
async function timeBoth(
  ask: (known: boolean, n: number) => Promise<void>,
): Promise<{ known: number[]; unknown: number[] }> {
  const times = { known: [] as number[], unknown: [] as number[] };
  // The first ones find nothing compiled.
  for (let n = 0; n < WARM_UP; n++) for (const known of [true, false]) await ask(known, n);
  const left = { known: TRIES, unknown: TRIES };
  while (left.known + left.unknown > 0) {
    const known = Math.random() * (left.known + left.unknown) < left.known;
    const kind = known ? "known" : "unknown";
    const began = performance.now();
    await ask(known, WARM_UP + --left[kind]);
    times[kind].push(performance.now() - began);
  }
  return times;
}

function show(times: { known: number[]; unknown: number[] }): string {
  const of = (samples: number[]) => {
    const { median, spread } = timesOf(samples);
    return `${median.toFixed(2)} ms ± ${spread.toFixed(2)}`;
  };
  return `with an account ${of(times.known)}, without ${of(times.unknown)}`;
}

Deno.test({
  name: "POST /verification-codes takes as long for an address with an account as for one without",
  // nodemailer lets a socket that it has ended close by itself.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await using smtp = await startSmtpServer();
    await using server = await startTestServer({
      limits: false,
      mailUrl: `smtp://127.0.0.1:${smtp.port}`,
      mailFrom: "parley@example.org",
    });
    const { sql } = server.database;
    const address = (purpose: CodePurpose, known: boolean, n: number) =>
      `${purpose}.${n}.${known ? "known" : "other"}@example.org`;
    for (const purpose of ["register", "reset-password"] as const) {
      await t.step(purpose, async () => {
        const name = purpose.replace("-", "_");
        await sql`
          insert into users (id, username, email, display_name, password_hash)
          select gen_random_uuid(), ${name} || n, ${purpose} || '.' || n || '.known@example.org', '', ''
          from generate_series(0, ${TRIES + WARM_UP}::int) n`;
        const times = await timeBoth(async (known, n) => {
          const body = { email: address(purpose, known, n), purpose };
          const { status } = await server.call("POST", "/verification-codes", { body });
          assert.equal(status, 202);
        });
        assert.ok(apart(times.known, times.unknown) < 1, show(times));
      });
    }

    await t.step(
      "which would not be so if what nobody gets were not stored in the database",
      async () => {
        using kv = await Deno.openKv(":memory:");
        const clock = { now: () => Date.now() };
        const log = createFakeLog();
        const mailer = {
          send: () => Promise.resolve(),
          [Symbol.asyncDispose]: () => Promise.resolve(),
        };
        const seal = createSeal("mail", TEST_SECRET);
        await using queue = startMailQueue({
          sql,
          seal,
          mailer,
          timers: realTimers,
          log,
          perMinute: Infinity,
        });
        const tokens = createTokens(TEST_SECRET, clock);
        const parts = { kv, clock, tokens, log, limits: false };
        const request = { language: "en", network: "192.0.2.1" } as const;
        const whole = createVerify({ ...parts, post: queue });
        const hasty = createVerify({ ...parts, post: createFakePost() });
        for (const leaks of [false, true]) {
          const times = await timeBoth(async (known, n) => {
            const email = `${leaks}${known}${n}@example.org`;
            const verify = leaks && !known ? hasty : whole;
            await verify.send({ purpose: "reset-password", email }, { ...request, known });
          });
          assert.equal(apart(times.known, times.unknown) >= 1, leaks, show(times));
        }
      },
    );
  },
});
