import type { Page } from "playwright-core";
import {
  befriendAccounts,
  connectClient,
  createAccount,
  enterAs,
} from "../support/browser_accounts.ts";
import { browserTest, NETWORK_ERRORS } from "../support/browser.ts";
import { assertFitsWidth } from "../support/browser_checks.ts";
import { askForCode, openConversation, say, SETTINGS_PAGES } from "../support/browser_steps.ts";
import { readCode } from "../support/people.ts";

const WIDTHS = [320, 360, 768, 1280];
const LONG_NAME = "Maximiliana-Aleksandra von Hohenberg-Württemberg";
const LONG_USERNAME = "maximiliana.hohenberg_wuerttembe";
const ADDRESS = `https://example.org/${"a-very-long-path-without-any-spaces/".repeat(5)}`;

browserTest("nothing is wider than the window at 320, 360, 768 and 1280 px", async (stage) => {
  const { origin } = stage.server;
  const mia = await createAccount(origin, "mia", "Mia Keller");
  const long = await createAccount(origin, LONG_USERNAME, LONG_NAME);
  const ben = await createAccount(origin, "ben", "Ben");
  const room = await befriendAccounts(origin, mia, long);
  using other = await connectClient(origin, long);
  await other.client.thread.send(room, ADDRESS);
  await other.client.thread.send(room, "明天下午三点在图书馆门口见面，记得带上你的书".repeat(4));
  await other.client.contacts.request(ben.id);
  using asking = await connectClient(origin, ben);
  await asking.client.contacts.request(mia.id, ADDRESS.slice(0, 180));

  const profile = await stage.profile();
  const { page } = profile;
  await page.getByTestId("sign-in-form").waitFor();
  await page.getByTestId("sign-in-submit").click();
  await atEveryWidth(page, "signing in");
  await askForCode(page, "new@example.org");
  await atEveryWidth(page, "the code");
  await page.getByTestId("sign-up-code").fill(await readCode(origin, "new@example.org"));
  await page.getByTestId("sign-up-username").waitFor();
  await page.getByTestId("sign-up-submit").click();
  await atEveryWidth(page, "the details");

  await enterAs(profile, mia);
  await page.goto(`${origin}/#/`);
  await page.reload();
  await page.getByTestId("conversation-row").waitFor();
  await atEveryWidth(page, "the chats");

  await openConversation(page, origin, room);
  await page.getByTestId("bubble").first().waitFor();
  await say(page, ADDRESS);
  await page.getByTestId("composer").fill(`${ADDRESS}\n${"wide ".repeat(80)}`);
  await atEveryWidth(page, "a thread");
  profile.expect(NETWORK_ERRORS);
  await profile.context.route("**/api/v1/tickets", (route) => route.abort());
  await page.reload();
  await page.getByTestId("connection-banner").waitFor();
  await atEveryWidth(page, "a thread without a connection");
  await profile.context.unroute("**/api/v1/tickets");

  await page.getByTestId("nav-contacts").click();
  await page.getByTestId("incoming-request").waitFor();
  await atEveryWidth(page, "the contacts");
  await page.getByTestId("add-contact").click();
  await page.getByTestId("people-search").fill("maxim");
  await page.getByTestId("person-row").waitFor();
  await atEveryWidth(page, "a search");
  await page.getByTestId("people-search").fill(ADDRESS);
  await page.getByTestId("search-status").filter({ hasText: "example.org" }).waitFor();
  await atEveryWidth(page, "a search without results");
  await page.getByTestId("nav-settings").click();
  await page.getByTestId("account").waitFor();
  await atEveryWidth(page, "the settings");
  await page.getByTestId("delete-account").click();
  await page.getByTestId("delete-submit").click();
  await atEveryWidth(page, "deleting the account");
  await page.getByTestId("delete-cancel").click();
  // A device may be called anything.
  await stage.sql`update sessions set device = ${ADDRESS.slice(0, 120)} where user_id = ${mia.id}`;
  await stage.sql`
    update security_events set device = ${ADDRESS.slice(0, 120)} where user_id = ${mia.id}`;
  for (const [at, testid] of SETTINGS_PAGES) {
    await page.goto(`${origin}/#/settings/${at}`);
    await page.getByTestId(testid).first().waitFor();
    await atEveryWidth(page, `the settings of ${at}`);
  }
});

/** Ends at the last, the widest. */
async function atEveryWidth(page: Page, what: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width < 768 ? 640 : 800 });
    await assertFitsWidth(page, `${what} at ${width} px`);
  }
}
