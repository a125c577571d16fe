import type { Page } from "playwright-core";
import {
  befriendAccounts,
  connectClient,
  createAccount,
  enterAs,
} from "../support/browser_accounts.ts";
import { browserTest } from "../support/browser.ts";
import { assertLanguage } from "../support/browser_checks.ts";
import { SETTINGS_PAGES, signInOnPage } from "../support/browser_steps.ts";

browserTest("every screen is in the language that was chosen, over reloads too", async (stage) => {
  const { origin } = stage.server;
  const mia = await createAccount(origin, "mia", "Mia Keller");
  const lin = await createAccount(origin, "lin", "林悦");
  const ben = await createAccount(origin, "ben", "Ben");
  const room = await befriendAccounts(origin, mia, lin);
  using other = await connectClient(origin, lin);
  await other.client.thread.send(room, "Hallo");
  using asking = await connectClient(origin, ben);
  await asking.client.contacts.request(mia.id, "Servus");
  const { page } = await stage.profile();

  await page.getByTestId("sign-in-form").waitFor();
  await assertLanguage(page, "en");
  await page.getByTestId("language-zh-CN").click();
  await assertLanguage(page, "zh-CN");
  await page.getByTestId("go-to-sign-up").click();
  await assertLanguage(page, "zh-CN");
  await page.reload();
  await page.getByTestId("sign-in-form").waitFor();
  await assertLanguage(page, "zh-CN");

  await signInOnPage(page, "mia", mia.password);
  await page.getByTestId("nav-contacts-badge").waitFor();
  await visitScreens(page, room, (at) => assertLanguage(at, "zh-CN"));
  await page.getByTestId("language-en").click();
  await visitScreens(page, room, (at) => assertLanguage(at, "en"));
  await page.getByTestId("language-zh-CN").click();
  await page.reload();
  await page.getByTestId("account").waitFor();
  await assertLanguage(page, "zh-CN");
});

browserTest("a browser that prefers Chinese is greeted in Chinese", async (stage) => {
  const { page } = await stage.profile({ locale: "zh-CN" });
  await page.getByTestId("sign-in-form").waitFor();
  await assertLanguage(page, "zh-CN");
  const mia = await createAccount(stage.server.origin, "mia", "Mia Keller");
  const profile = await stage.profile({ locale: "fr-FR" });
  await enterAs(profile, mia);
  await profile.page.reload();
  await profile.page.getByTestId("nav-chats").waitFor();
  await assertLanguage(profile.page, "en");
});

/** Ends on the settings. */
async function visitScreens(
  page: Page,
  room: string,
  check: (page: Page) => Promise<void>,
): Promise<void> {
  await page.getByTestId("nav-chats").click();
  await page.getByTestId("conversation-row").waitFor();
  await check(page);
  await page.locator(`[data-conversation="${room}"]`).click();
  await page.getByTestId("bubble").waitFor();
  await check(page);
  await page.getByTestId("nav-contacts").click();
  await page.getByTestId("incoming-request").waitFor();
  await page.getByTestId("add-contact").click();
  await page.getByTestId("people-search").fill("nobody.at.all");
  await page.getByTestId("search-status").filter({ hasText: "nobody.at.all" }).waitFor();
  await check(page);
  await page.getByTestId("people-search").fill("lin");
  await page.getByTestId("person-row").waitFor();
  await check(page);
  await page.getByTestId("nav-settings").click();
  for (const [at, testid] of SETTINGS_PAGES) {
    await page.getByTestId(`settings-${at}`).click();
    await page.getByTestId(testid).first().waitFor();
    await check(page);
    await page.getByTestId("settings-back").click();
  }
  await page.getByTestId("account").waitFor();
  await check(page);
}
