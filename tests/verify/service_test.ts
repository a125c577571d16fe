import assert from "node:assert/strict";
import { AppError } from "../../lib/errors.ts";
import { createTokens } from "../../lib/tokens.ts";
import type { Mail } from "../../verify/mail/mailer.ts";
import { createVerify } from "../../verify/service.ts";
import { createFakeClock } from "../support/clock.ts";
import { eventually } from "../support/deadline.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { asked } from "../support/code_request.ts";

const register = { purpose: "register", email: "ann@example.org" } as const;

async function withVerify(
  run: (parts: ReturnType<typeof setUp>) => Promise<void>,
  mailWithin = 30_000,
): Promise<void> {
  using kv = await Deno.openKv(":memory:");
  await run(setUp(kv, mailWithin));
}

function setUp(kv: Deno.Kv, mailWithin = 30_000) {
  const clock = createFakeClock();
  const log = createFakeLog();
  const mails: Mail[] = [];
  const mailer = {
    send: (mail: Mail): Promise<void> => Promise.resolve(void mails.push(mail)),
  };
  const tokens = createTokens("b6f1c0de77a94e0d8f5a3c21904be7d6", clock);
  return {
    kv,
    clock,
    log,
    mails,
    mailer,
    verify: createVerify({ kv, clock, tokens, mailer, log, mailWithin }),
  };
}

function withCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof AppError && error.code === code;
}

Deno.test("createVerify mails a code that works once, for its purpose and address", () =>
  withVerify(async ({ verify, mails }) => {
    assert.deepEqual(await verify.send(register, asked(false)), {
      resendAfter: 60,
      expiresIn: 600,
    });
    const code = mails[0]?.code ?? "";
    assert.match(code, /^\d{6}$/);
    for (
      const other of [{ ...register, email: "b@example.org" }, {
        ...register,
        purpose: "reset-password" as const,
      }]
    ) await assert.rejects(verify.check(other, code), withCode("code-expired"));
    await verify.check(register, code);
    await verify.use(register, code);
    await assert.rejects(verify.use(register, code), withCode("code-expired"));
  }));

Deno.test("createVerify sends who is known a notice and no code, and answers the same", () =>
  withVerify(async ({ verify, mails }) => {
    const stranger = await verify.send({ ...register, email: "b@example.org" }, asked(false));
    assert.deepEqual(await verify.send(register, asked(true)), stranger);
    assert.deepEqual(mails.map(({ code }) => code === undefined), [false, true]);
    const reset = { purpose: "reset-password", email: "c@example.org" } as const;
    assert.deepEqual(await verify.send(reset, asked(false)), stranger);
    assert.equal(mails.length, 2);
    await assert.rejects(verify.check(register, "000000"), withCode("code-wrong"));
  }));

Deno.test("createVerify lets a code die after ten minutes", () =>
  withVerify(async ({ verify, mails, clock }) => {
    await verify.send(register, asked(false));
    clock.advance(600_000);
    await assert.rejects(verify.check(register, mails[0]?.code ?? ""), withCode("code-expired"));
  }));

Deno.test("createVerify keeps no code in the store that could be read there", () =>
  withVerify(async ({ verify, mails, kv }) => {
    await verify.send(register, asked(false));
    for await (const entry of kv.list({ prefix: [] })) {
      assert.ok(!JSON.stringify(entry).includes(mails[0]?.code ?? "none"));
    }
  }));

Deno.test("createVerify answers the same when the mail cannot be handed over, and logs it", () =>
  withVerify(async ({ verify, mailer, log }) => {
    mailer.send = () => Promise.reject(new Error("mail server is away"));
    assert.deepEqual(await verify.send(register, asked(false)), {
      resendAfter: 60,
      expiresIn: 600,
    });
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.match(log.lines.join(), /^mail\.failed .*away/);
  }));

Deno.test("createVerify gives up a mail that nobody takes, and logs it", () =>
  withVerify(async ({ verify, mailer, log }) => {
    mailer.send = () => new Promise<never>(() => {});
    await verify.send(register, asked(false));
    await eventually(() => log.lines.some((line) => line.startsWith("mail.failed")), "the log");
  }, 20));

Deno.test("createVerify waits for no slow mail server, and refuses codes while too many mails wait", () =>
  withVerify(async ({ verify, mailer, mails }) => {
    const taking = Promise.withResolvers<void>();
    let begun = 0;
    mailer.send = async (mail) => {
      begun++;
      await taking.promise;
      mails.push(mail);
    };
    const ask = (n: number, known = false) =>
      verify.send({ ...register, email: `${n}@example.org` }, asked(known));
    for (let n = 0; n < 204; n++) await ask(n);
    assert.equal(begun, 4);
    // Whether or not there would be a mail, and without a code that would have to be waited for.
    const refused = (error: unknown) =>
      error instanceof AppError && error.code === "unavailable" && error.retryAfter === 30;
    await assert.rejects(ask(204), refused);
    await assert.rejects(ask(205, true), refused);

    taking.resolve();
    await eventually(() => mails.length === 204, "all mails");
    await ask(204);
    await eventually(() => mails.length === 205, "the mail of who was refused");
  }));

Deno.test("createVerify refuses with unavailable while the store is away", async () => {
  const kv = await Deno.openKv(":memory:");
  kv.close();
  const { verify, mails, log } = setUp(kv);
  await assert.rejects(verify.send(register, asked(false)), withCode("unavailable"));
  await assert.rejects(verify.check(register, "123456"), withCode("unavailable"));
  await assert.rejects(verify.use(register, "123456"), withCode("unavailable"));
  assert.deepEqual(mails, []);
  assert.equal(log.lines.length, 1, "once for all");
  assert.match(log.lines[0] ?? "", /^verify\.store-away /);
});

Deno.test("createVerify says once that the store is back", async () => {
  using kv = await Deno.openKv(":memory:");
  let away = true;
  const shaky = new Proxy(kv, {
    get: (target, name) => {
      if (away) throw new Error("the disk is away");
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const { verify, log } = setUp(shaky);
  await assert.rejects(verify.send(register, asked(false)), withCode("unavailable"));
  away = false;
  await verify.send(register, asked(false));
  await assert.rejects(verify.check(register, "no code"), withCode("code-wrong"));
  assert.deepEqual(log.lines.map((line) => line.split(" ")[0]), [
    "verify.store-away",
    "verify.store-back",
  ]);
});
