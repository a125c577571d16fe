import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import {
  befriendAccounts,
  connectClient,
  createAccount,
  enterAs,
} from "../support/browser_accounts.ts";
import { browserTest } from "../support/browser.ts";
import { openConversation } from "../support/browser_steps.ts";

browserTest("the focus goes back to what opened something that is closed", async (stage) => {
  const { origin } = stage.server;
  const mia = await createAccount(origin, "mia", "Mia Keller");
  const lin = await createAccount(origin, "lin", "林悦");
  await befriendAccounts(origin, mia, lin);
  using device = await connectClient(origin, mia);
  const group = await device.client.groups.create("Hiking", [lin.id]);
  const profile = await stage.profile();
  const { page } = profile;
  await enterAs(profile, mia);
  await page.reload();

  await openConversation(page, origin, group.id);
  await page.getByTestId("details-link").click();
  await page.getByTestId("edit-announcement").click();
  await untilFocused(page.getByTestId("group-announcement"));
  await page.keyboard.type("Nine o’clock");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await untilFocused(page.getByTestId("edit-announcement"));
  await page.getByTestId("edit-title").click();
  await untilFocused(page.getByTestId("group-title"));
  await page.keyboard.press("Enter");
  await untilFocused(page.getByTestId("edit-title"));
  await page.getByTestId("close-details").click();
  await untilFocused(page.getByTestId("details-link"));

  await page.getByTestId("nav-contacts").click();
  await page.getByTestId("contact-actions").click();
  await page.getByTestId("change-alias").click();
  await untilFocused(page.getByTestId("contact-alias"));
  await page.keyboard.type("Lin");
  await page.keyboard.press("Enter");
  await untilFocused(page.getByTestId("contact-actions"));
});

browserTest("who is silenced can write again when the time has come", async (stage) => {
  const { origin } = stage.server;
  const mia = await createAccount(origin, "mia", "Mia Keller");
  const lin = await createAccount(origin, "lin", "林悦");
  await befriendAccounts(origin, mia, lin);
  using device = await connectClient(origin, mia);
  const { groups } = device.client;
  const group = await groups.create("Hiking", [lin.id]);
  const profile = await stage.profile();
  const { page } = profile;
  await enterAs(profile, lin);
  await page.reload();
  await openConversation(page, origin, group.id);

  // A page that is too slow to show the shorter time is given a longer one.
  let shown = false;
  for (const seconds of [2, 8, 30]) {
    const end = Date.now() + seconds * 1000;
    await groups.silence(group.id, lin.id, new Date(end).toISOString());
    shown = await seen(page.getByTestId("composer-silenced"), end - Date.now());
    if (shown) break;
  }
  assert.ok(shown, "that one can only read is said");
  await page.getByTestId("composer").waitFor({ timeout: 35_000 });
  assert.equal(await page.getByTestId("composer-silenced").count(), 0);
});

async function untilFocused(element: Locator): Promise<void> {
  await element.and(element.page().locator(":focus")).waitFor();
}

function seen(element: Locator, timeout: number): Promise<boolean> {
  return element.waitFor({ timeout }).then(() => true, () => false);
}
