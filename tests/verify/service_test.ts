import assert from "node:assert/strict";
import { AppError } from "../../lib/errors.ts";
import { createTokens } from "../../lib/tokens.ts";
import { createVerify } from "../../verify/service.ts";
import { createFakeClock } from "../support/clock.ts";
import { createFakePost } from "../support/fake_post.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { asked } from "../support/code_request.ts";

const register = { purpose: "register", email: "ann@example.org" } as const;

async function withVerify(
  run: (parts: ReturnType<typeof setUp>) => Promise<void>,
  limits = false,
): Promise<void> {
  using kv = await Deno.openKv(":memory:");
  await run(setUp(kv, limits));
}

function setUp(kv: Deno.Kv, limits = false) {
  const clock = createFakeClock();
  const log = createFakeLog();
  const post = createFakePost();
  const tokens = createTokens("b6f1c0de77a94e0d8f5a3c21904be7d6", clock);
  const verify = createVerify({ kv, clock, tokens, post, log, limits });
  return { kv, clock, log, post, verify };
}

function withCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof AppError && error.code === code;
}

Deno.test("createVerify mails a code that works once, for its purpose and address", () =>
  withVerify(async ({ verify, post }) => {
    assert.deepEqual(await verify.send(register, asked(false)), {
      resendAfter: 60,
      expiresIn: 600,
    });
    const code = post.mails[0]?.code ?? "";
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
  withVerify(async ({ verify, post }) => {
    const stranger = await verify.send({ ...register, email: "b@example.org" }, asked(false));
    assert.deepEqual(await verify.send(register, asked(true)), stranger);
    assert.deepEqual(post.mails.map(({ code }) => code === undefined), [false, true]);
    const reset = { purpose: "reset-password", email: "c@example.org" } as const;
    assert.deepEqual(await verify.send(reset, asked(false)), stranger);
    assert.equal(post.mails.length, 2);
    await assert.rejects(verify.check(register, "000000"), withCode("code-wrong"));
  }));

Deno.test("createVerify lets a code die after ten minutes", () =>
  withVerify(async ({ verify, post, clock }) => {
    await verify.send(register, asked(false));
    clock.advance(600_000);
    await assert.rejects(
      verify.check(register, post.mails[0]?.code ?? ""),
      withCode("code-expired"),
    );
  }));

Deno.test("createVerify keeps no code in the store that could be read there", () =>
  withVerify(async ({ verify, post, kv }) => {
    await verify.send(register, asked(false));
    for await (const entry of kv.list({ prefix: [] })) {
      assert.ok(!JSON.stringify(entry).includes(post.mails[0]?.code ?? "none"));
    }
  }));

Deno.test("createVerify sends no code whose mail cannot be stored, and lets it be asked for again", () =>
  withVerify(async ({ verify, post, log }) => {
    const { take } = post;
    post.take = () => Promise.reject(new Error("the database is away"));
    await assert.rejects(verify.send(register, asked(false)), withCode("unavailable"));
    assert.match(log.lines.join(), /^mail\.not-taken .*away/);
    post.take = take;
    await verify.send(register, asked(false));
    assert.equal(post.mails.length, 1);
  }));

Deno.test("createVerify makes no code while too many mails wait, whether or not there would be one", () =>
  withVerify(async ({ verify, post }) => {
    const { refuseWhereFull } = post;
    post.refuseWhereFull = () =>
      Promise.reject(new AppError("unavailable", "too many mails", { retryAfter: 7 }));
    for (const known of [false, true]) {
      await assert.rejects(
        verify.send(register, asked(known)),
        (error) => error instanceof AppError && error.retryAfter === 7,
      );
    }
    post.refuseWhereFull = refuseWhereFull;
    await verify.send(register, asked(false));
    assert.equal(post.mails.length, 1);
  }));

Deno.test("createVerify does not count the mails for whoever asks again too soon", () =>
  withVerify(async ({ verify, post }) => {
    await verify.send(register, asked(false));
    let counted = 0;
    post.refuseWhereFull = () => Promise.resolve(void counted++);
    await assert.rejects(verify.send(register, asked(false)), withCode("rate-limited"));
    assert.equal(counted, 0);
    await verify.send({ ...register, email: "ben@example.org" }, asked(false));
    assert.equal(counted, 1);
  }));

Deno.test("createVerify refuses with unavailable while the store is away", async () => {
  const kv = await Deno.openKv(":memory:");
  kv.close();
  const { verify, post, log } = setUp(kv);
  await assert.rejects(verify.send(register, asked(false)), withCode("unavailable"));
  await assert.rejects(verify.check(register, "123456"), withCode("unavailable"));
  await assert.rejects(verify.use(register, "123456"), withCode("unavailable"));
  assert.deepEqual(post.mails, []);
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

Deno.test("createVerify does as much for an address without an account as for one with, and sends it nothing", () =>
  withVerify(async ({ verify, post, kv }) => {
    for (const known of [true, false]) {
      const key = { purpose: "reset-password", email: `${known}@example.org` } as const;
      await verify.send(key, asked(known));
    }
    const [one, other] = post.posted;
    assert.deepEqual([one?.wanted, other?.wanted], [true, false]);
    assert.deepEqual([one?.kind, one?.lasts], [other?.kind, other?.lasts]);
    const length = (text = "", name: string) => text.replaceAll(name, "").length;
    assert.equal(length(one?.mail.html, "true"), length(other?.mail.html, "false"));
    const sizes = [];
    for (const email of ["true@example.org", "false@example.org"]) {
      const { value } = await kv.get(["codes", "reset-password", email]);
      sizes.push(JSON.stringify(value).length);
    }
    assert.equal(sizes[0], sizes[1]);
    const code = other?.mail.code ?? "";
    const key = { purpose: "reset-password", email: "false@example.org" } as const;
    await assert.rejects(verify.check(key, code), withCode("code-wrong"));
  }));

Deno.test("createVerify tells an account's owner in their language", () =>
  withVerify(async ({ verify, post }) => {
    const at = "2026-11-21T19:56:57.000Z";
    const notice = { kind: "password-reset", to: "ann@example.org", name: "Ann", at } as const;
    await verify.tell({ ...notice, language: "zh-CN", device: "Firefox" });
    assert.equal(post.mails[0]?.subject, "你的 Parley 密码已重设");
    assert.match(post.mails[0]?.text ?? "", /Firefox/);
  }));

Deno.test("createVerify refuses an address with a line break in it before anything is stored", () =>
  withVerify(async ({ verify, post, kv }) => {
    const email = "ann@example.org\r\nBcc: eve@example.org";
    await assert.rejects(verify.send({ ...register, email }, asked(false)), withCode("invalid"));
    const entries = [];
    for await (const entry of kv.list({ prefix: [] })) entries.push(entry);
    assert.deepEqual([entries, post.posted], [[], []]);
  }));
