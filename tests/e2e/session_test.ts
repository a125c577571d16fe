import assert from "node:assert/strict";
import {
  befriendAccounts,
  connectClient,
  createAccount,
  enterAs,
} from "../support/browser_accounts.ts";
import { browserTest, NETWORK_ERRORS } from "../support/browser.ts";
import { signInOnPage, untilTexts } from "../support/browser_steps.ts";
import { startFaultyProxy } from "../support/faulty_proxy.ts";

browserTest("a reload keeps the person signed in and in the conversation", async (stage) => {
  const { origin } = stage.server;
  const mia = await createAccount(origin, "mia", "Mia Keller");
  const lin = await createAccount(origin, "lin", "林悦");
  const room = await befriendAccounts(origin, mia, lin);
  using other = await connectClient(origin, lin);
  await other.client.thread.send(room, "你好！");
  const { page, context } = await stage.profile();

  // The address leads where it says once the person is in.
  await page.goto(`${origin}/#/c/${room}`);
  await signInOnPage(page, "mia", mia.password);
  await untilTexts(page, ["你好！"]);
  const cookies = (await context.cookies()).map(({ httpOnly, sameSite }) => ({
    httpOnly,
    sameSite,
  }));
  // The session's, and the one by which this device is known again.
  assert.deepEqual(cookies, Array(2).fill({ httpOnly: true, sameSite: "Strict" }));
  for (let times = 0; times < 3; times++) {
    await page.reload();
    await untilTexts(page, ["你好！"]);
  }
});

browserTest("signing out in one tab signs the other one out", async (stage) => {
  const { origin } = stage.server;
  const mia = await createAccount(origin, "mia", "Mia Keller");
  const profile = await stage.profile();
  await enterAs(profile, mia);
  const [one, other] = [await profile.tab("/#/contacts"), await profile.tab("/#/contacts")];
  // The contacts are asked for once the socket is there: what is tested is that it ends.
  for (const tab of [one, other]) await tab.getByText("No contacts yet").waitFor();
  await one.getByTestId("nav-settings").click();
  await one.getByTestId("account").getByText("mia@example.org").waitFor();

  await one.getByTestId("sign-out").click();
  await one.getByTestId("sign-in-form").waitFor();
  await other.getByTestId("sign-in-form").waitFor();
  await other.getByRole("status").getByText("You were signed out on this device").waitFor();
  await one.reload();
  await one.getByTestId("sign-in-form").waitFor();
  await signInOnPage(one, "mia", mia.password);
  await one.getByTestId("nav-chats").waitFor();
});

browserTest("a page that cannot reach the server opens by itself once it can", async (stage) => {
  const { origin } = stage.server;
  await using proxy = startFaultyProxy(stage.server.port);
  const mia = await createAccount(origin, "mia", "Mia Keller");
  const profile = await stage.profile({ origin: proxy.origin });
  await enterAs(profile, mia);
  profile.expect(NETWORK_ERRORS);
  const refresh = "**/api/v1/sessions/refresh";
  await profile.context.route(refresh, (route) => route.abort());
  await profile.page.reload();
  await profile.page.getByTestId("boot-retry").waitFor();
  await profile.context.unroute(refresh);
  await profile.page.getByTestId("nav-chats").waitFor();
});
