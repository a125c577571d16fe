import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { emptyAccount } from "../../lib/sql/accounts/empty_account.ts";
import {
  befriendAccounts,
  connectClient,
  createAccount,
  enterAs,
} from "../support/browser_accounts.ts";
import { browserTest } from "../support/browser.ts";
import { assertLanguage } from "../support/browser_checks.ts";
import { signInOnPage, untilGone } from "../support/browser_steps.ts";
import { readCode, until } from "../support/people.ts";

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0";
const NEW_PASSWORD = "a whole new battery";

browserTest("a forgotten password is reset by a code, and signs out what was in", async (stage) => {
  const { origin } = stage.server;
  const mia = await createAccount(origin, "mia", "Mia Keller");
  // No code went there in the last minute.
  const email = "mia.home@example.org";
  await stage.sql`update users set email = ${email} where id = ${mia.id}`;
  using phone = await connectClient(origin, mia);
  const profile = await stage.profile();
  const { page } = profile;
  profile.expect(/status of (400|422) .*\/api\/v1\/password-resets$/);

  await page.getByTestId("forgot").click();
  await page.getByTestId("reset-email").fill(email);
  await page.keyboard.press("Enter");
  await page.getByTestId("resend-countdown").waitFor();
  const code = await readCode(origin, email);
  await page.getByTestId("reset-code").fill(code.replace(/./g, (digit) => `${9 - Number(digit)}`));
  // From the last step as well there is a way back to the address; it needs no other mail.
  await page.getByTestId("reset-password").waitFor();
  await page.getByTestId("reset-change-email").click();
  assert.equal(await page.getByTestId("reset-email").inputValue(), email);
  await page.getByTestId("reset-email-submit").click();
  await page.getByTestId("reset-code").fill(code.replace(/./g, (digit) => `${9 - Number(digit)}`));
  await page.getByTestId("reset-password").fill("password123");
  await page.keyboard.press("Enter");
  const problem = page.getByTestId("reset-password-problem");
  await problem.getByText("too easy to guess").waitFor();
  await page.getByTestId("reset-password").fill("short");
  await page.keyboard.press("Enter");
  await problem.getByText("Use 8 to 256").waitFor();

  await page.getByTestId("reset-password").fill(NEW_PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByTestId("form-problem").getByText("That code is not right").waitFor();
  await page.getByTestId("reset-code").fill(code);
  assert.equal(await page.getByTestId("reset-password").inputValue(), NEW_PASSWORD);
  await page.getByTestId("reset-submit").click();
  await page.getByTestId("sign-in-notice").getByText("Your password was changed").waitFor();
  assert.equal(await page.getByTestId("sign-in-login").inputValue(), email);
  await page.locator("[data-testid=sign-in-password]:focus").fill(NEW_PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByTestId("nav-chats").waitFor();
  await until(
    "the phone is signed out",
    () => phone.client.session.state().name === "signed-out",
  );
});

browserTest("a device that is signed out elsewhere says so, and this one stays", async (stage) => {
  const { origin } = stage.server;
  const mia = await createAccount(origin, "mia", "Mia Keller");
  const [desk, couch] = [await stage.profile(), await stage.profile({ userAgent: FIREFOX })];
  for (const profile of [desk, couch]) {
    await enterAs(profile, mia);
    await profile.page.reload();
    await profile.page.getByTestId("nav-settings").click();
    await profile.page.getByTestId("settings-devices").waitFor();
  }
  // One that is away learns it when it comes back.
  const away = await stage.profile();
  away.expect(/status of 401 .*\/api\/v1\/sessions\/refresh$/);
  await enterAs(away, mia);
  const { page } = desk;
  desk.expect(/status of (401|422) .*\/api\/v1\/me\/password$/);
  // After the refusal of its requests, which may come before the news does.
  couch.expect(/status of 401 .*\/api\/v1\/(tickets|sessions\/refresh)$/);

  await goByKey(page, "settings-devices");
  const devices = page.getByTestId("device");
  await devices.nth(2).waitFor();
  assert.equal(await devices.first().getAttribute("data-current"), "true");
  await devices.first().getByText("This device").waitFor();
  const row = devices.filter({ hasText: "Firefox on Windows" });
  await row.getByTestId("end-session").click();
  await couch.page.getByTestId("sign-in-notice").getByText("Another of your devices").waitFor();
  await untilGone(row);

  await page.getByTestId("end-others").click();
  await page.getByTestId("confirm-run").click();
  await page.getByTestId("devices-said").getByText("All other devices are signed out").waitFor();
  assert.equal(await devices.count(), 1);
  await away.page.reload();
  await away.page.getByTestId("sign-in-notice").getByText("Another of your devices").waitFor();
  await page.getByTestId("settings-back").press("Enter");
  // Where one came from.
  await page.locator("[data-testid=settings-devices]:focus").waitFor();

  using phone = await connectClient(origin, mia);
  await goByKey(page, "settings-password");
  await page.getByTestId("current-password").fill("not the password");
  await page.getByTestId("new-password").fill(NEW_PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByTestId("current-password-problem").getByText("current password is not right")
    .waitFor();
  await page.getByTestId("current-password").fill(mia.password);
  await page.keyboard.press("Enter");
  await page.getByTestId("password-changed").getByText("other devices were signed out").waitFor();
  await until(
    "the phone is signed out",
    () => phone.client.session.state().name === "signed-out",
  );
  await page.reload();
  await page.getByTestId("password-form").waitFor();
  await page.goto(`${origin}/#/settings/activity`);
  const types = () =>
    page.getByTestId("security-event").evaluateAll((rows) => rows.map((row) => row.dataset.type));
  await page.getByText("The password was changed").waitFor();
  assert.deepEqual((await types()).slice(0, 5), [
    "password-changed",
    "signed-in",
    "other-sessions-ended",
    "session-ended",
    "signed-in",
  ]);
});

browserTest("an e-mail is changed in Chinese, and leaving is called off", async (stage) => {
  const { origin } = stage.server;
  const mia = await createAccount(origin, "mia", "Mia Keller");
  const lin = await createAccount(origin, "lin", "林悦");
  const room = await befriendAccounts(origin, mia, lin);
  const profile = await stage.profile({ locale: "zh-CN" });
  const { page } = profile;
  profile.expect(/status of (401|409) .*\/api\/v1\/me\/(email|deletion)$/);
  profile.expect(/status of 401 .*\/api\/v1\/(tickets|sessions\/refresh)$/);
  await enterAs(profile, mia);
  await page.goto(`${origin}/#/settings/email`);
  await page.reload();
  await page.getByTestId("change-email").fill("MIA@example.org");
  await page.keyboard.press("Enter");
  await page.getByTestId("change-email-problem").getByText("这已经是你的邮箱").waitFor();

  // Somebody else is faster with an address that was free.
  const taken = "mia.lin@example.org";
  await page.getByTestId("change-email").fill(taken);
  await page.keyboard.press("Enter");
  await page.getByTestId("change-code").waitFor();
  await page.getByTestId("change-code").fill(await readCode(origin, taken));
  await page.getByTestId("change-password").waitFor();
  await stage.sql`update users set email = ${taken} where id = ${lin.id}`;
  await page.getByTestId("change-password").fill(mia.password);
  await page.keyboard.press("Enter");
  const problem = page.getByTestId("form-problem");
  await problem.getByText("已被其他账号使用").waitFor();
  await page.getByTestId("change-change-email").click();

  const email = "mia.new@example.org";
  await page.getByTestId("change-email").fill(email);
  await page.keyboard.press("Enter");
  await page.getByTestId("change-code").waitFor();
  await assertLanguage(page, "zh-CN");
  const mailbox = await fetch(`${origin}/dev/mailbox?to=${email}`);
  const [mail]: { subject: string }[] = (await mailbox.json()).mails;
  assert.match(mail?.subject ?? "", /验证码/, "the mail is in the page's language");
  await page.getByTestId("change-code").fill(await readCode(origin, email));
  await page.getByTestId("change-password").waitFor();
  assert.equal(await problem.count(), 0, "what was wrong with the other address is forgotten");
  await page.getByTestId("change-password").fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByTestId("change-password-problem").getByText("密码不正确").waitFor();
  // A conflict about no field is about the password.
  const path = "**/api/v1/me/email";
  const conflict = { code: "conflict", status: 409, detail: "" };
  await page.route(path, (route) => route.fulfill({ status: 409, json: conflict }));
  await page.keyboard.press("Enter");
  await problem.getByText("密码刚刚被修改").waitFor();
  await page.unroute(path);
  await page.getByTestId("change-password").fill(mia.password);
  await page.keyboard.press("Enter");
  await page.getByTestId("email-changed").getByText(email).waitFor();
  await page.getByTestId("settings-back").click();
  await page.getByTestId("account").getByText(email).waitFor();

  await page.getByTestId("delete-account").click();
  await page.getByTestId("delete-dialog").getByText("14 天").waitFor();
  await page.locator("[data-testid=delete-password]:focus").fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByTestId("delete-password-problem").getByText("密码不正确").waitFor();
  await assertLanguage(page, "zh-CN");
  await page.getByTestId("delete-password").fill(mia.password);
  await page.keyboard.press("Enter");
  await page.getByTestId("sign-in-notice").getByText("你的账号将于").waitFor();
  await assertLanguage(page, "zh-CN");
  await signInOnPage(page, email, mia.password);
  await page.getByTestId("nav-settings").click();
  await page.getByTestId("settings-activity").click();
  await page.getByText("撤销了注销申请").waitFor();
  await assertLanguage(page, "zh-CN");

  // Somebody else did not come back.
  await stage.sql`delete from contacts where ${lin.id} in (user_id, contact_id)`;
  await stage.sql`update users set deletes_at = clock_timestamp() where id = ${lin.id}`;
  await emptyAccount(stage.sql, lin.id);
  await page.goto(`${origin}/#/c/${room}`);
  await page.reload();
  await page.locator("#thread-heading").getByText("已注销的账号").waitFor();
  await page.getByTestId("conversation-row").getByText("已注销的账号").waitFor();
  await page.getByTestId("composer-silenced").getByText("账号已注销").waitFor();
  assert.equal(await page.getByText("deleted-").count(), 0);
});

/** Opens a page of the settings without a mouse. */
async function goByKey(page: Page, testid: string): Promise<void> {
  await page.getByTestId(testid).focus();
  await page.keyboard.press("Enter");
}
