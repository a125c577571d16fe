/** What a verification service does for whoever asks it, in this process or in another. */
import assert from "node:assert/strict";
import { AppError } from "../../lib/errors.ts";
import type { Mail } from "../../verify/mail/mailer.ts";
import type { Verify } from "../../verify/service.ts";
import type { FakeClock } from "../support/clock.ts";
import { asked } from "../support/code_request.ts";
import { eventually } from "../support/deadline.ts";

export interface OpenedVerify extends AsyncDisposable {
  readonly verify: Verify;
  readonly clock: FakeClock;
  readonly mails: readonly Mail[];
  /** The store does not answer any more. */
  takeStoreAway(): void;
}

/** Registers the contract's tests for the kind `name`. */
export function testVerifyContract(name: string, open: () => Promise<OpenedVerify>): void {
  const test = (behaviour: string, run: (opened: OpenedVerify) => Promise<void>) =>
    Deno.test(`${name} ${behaviour}`, async () => {
      await using opened = await open();
      await run(opened);
    });
  const register = { purpose: "register", email: "ann@example.org" } as const;
  const refused = (code: string, retryAfter?: number) => (error: unknown) => {
    assert.ok(error instanceof AppError);
    assert.deepEqual([error.code, error.retryAfter], [code, retryAfter]);
    return true;
  };

  test("mails a code, lets it be tried and uses it up once", async ({ verify, mails }) => {
    assert.deepEqual(await verify.send(register, asked(false)), {
      resendAfter: 60,
      expiresIn: 600,
    });
    assert.equal(mails.length, 1);
    const code = mails[0]?.code ?? "";
    assert.equal(await verify.check(register, code), undefined);
    assert.equal(await verify.check(register, code), undefined);
    const used = await Promise.allSettled([verify.use(register, code), verify.use(register, code)]);
    assert.deepEqual(used.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    await assert.rejects(verify.use(register, code), refused("code-expired"));
  });

  test("says how long to wait for the next code", async ({ verify, clock, mails }) => {
    await verify.send(register, asked(false));
    clock.advance(10_500);
    await assert.rejects(verify.send(register, asked(false)), refused("rate-limited", 50));
    clock.advance(49_500);
    await verify.send(register, asked(false));
    assert.equal(mails.length, 2);
  });

  test("counts each wrong guess once, and ends the code at the fifth", async (opened) => {
    const { verify, mails } = opened;
    await verify.send(register, asked(false));
    const code = mails[0]?.code ?? "";
    const wrong = code === "000000" ? "000001" : "000000";
    for (let n = 0; n < 4; n++) {
      await assert.rejects(verify.check(register, wrong), refused("code-wrong"));
    }
    await verify.check(register, code);
    await assert.rejects(verify.check(register, wrong), refused("code-wrong"));
    await assert.rejects(verify.check(register, code), refused("code-expired"));
  });

  test("checks five of a thousand guesses that arrive at once, and no later one", async (opened) => {
    const { verify, mails } = opened;
    await verify.send(register, asked(false));
    const code = mails[0]?.code ?? "";
    const guesses = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(6, "0"))
      .filter((guess) => guess !== code);
    const outcomes = await Promise.allSettled(
      guesses.map((guess) => verify.check(register, guess)),
    );
    const counts: Record<string, number> = {};
    for (const outcome of outcomes) {
      const what = outcome.status === "fulfilled" ? "right" : String(outcome.reason?.code);
      counts[what] = (counts[what] ?? 0) + 1;
    }
    const { "code-wrong": wrong = 0, "code-expired": expired = 0, unavailable = 0 } = counts;
    assert.ok(wrong <= 5, JSON.stringify(counts));
    // Of a thousand calls at once a busy machine may lose some, which count all the same.
    assert.equal(wrong + expired + unavailable, guesses.length, JSON.stringify(counts));
    // Enough were answered to show a sixth.
    assert.ok(wrong + expired >= 50, JSON.stringify(counts));
    for (const ask of [verify.check, verify.use]) {
      let said: unknown;
      // A service that was too busy is left alone for a moment.
      await eventually(async () => {
        said = await ask(register, code).then(() => "right", (error) => error.code);
        return said !== "unavailable";
      }, "an answer");
      assert.equal(said, "code-expired");
    }
  });

  test("tells who is known by mail alone", async ({ verify, mails }) => {
    assert.deepEqual(await verify.send(register, asked(true)), { resendAfter: 60, expiresIn: 600 });
    assert.deepEqual(mails.map(({ code }) => code), [undefined]);
  });

  test("refuses with unavailable while its store is away", async (opened) => {
    const { verify } = opened;
    opened.takeStoreAway();
    await assert.rejects(verify.send(register, asked(false)), refused("unavailable", 5));
    await assert.rejects(verify.check(register, "123456"), refused("unavailable", 5));
    await assert.rejects(verify.use(register, "123456"), refused("unavailable", 5));
    assert.equal(opened.mails.length, 0);
  });
}
