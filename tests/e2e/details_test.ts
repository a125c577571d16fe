import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import {
  befriendAccounts,
  connectClient,
  createAccount,
  enterAs,
} from "../support/browser_accounts.ts";
import { browserTest, NETWORK_ERRORS } from "../support/browser.ts";
import { openConversation, say, untilGone, untilState } from "../support/browser_steps.ts";
import { startFaultyProxy } from "../support/faulty_proxy.ts";

const TICKETS = "**/api/v1/tickets";

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

browserTest("what was written before one was removed can be had back", async (stage) => {
  await using proxy = startFaultyProxy(stage.server.port);
  const { origin } = stage.server;
  const mia = await createAccount(origin, "mia", "Mia Keller");
  const lin = await createAccount(origin, "lin", "林悦");
  await befriendAccounts(origin, mia, lin);
  using device = await connectClient(origin, mia);
  const group = await device.client.groups.create("Hiking", [lin.id]);
  const profile = await stage.profile({ origin: proxy.origin });
  const { page, context } = profile;
  await enterAs(profile, lin);
  await page.reload();
  await openConversation(page, proxy.origin, group.id);
  await say(page, "before");
  await untilState(page, "before", "sent");

  profile.expect(NETWORK_ERRORS);
  // The draft that was sent is taken back in a group that one is in no more.
  profile.expect(/status of 404/);
  await context.route(TICKETS, (route) => route.abort());
  proxy.cut();
  await say(page, "The address is 12 River Road");
  await untilState(page, "The address", "sending");
  await device.client.groups.removeMember(group.id, lin.id);
  await page.getByTestId("connection-banner").waitFor();
  await context.unroute(TICKETS);

  await page.getByTestId("thread-gone").waitFor();
  await page.getByTestId("stranded-message").waitFor();
  assert.equal(await page.getByTestId("bubble").count(), 0);
  await page.getByTestId("nav-contacts").click();
  await page.getByTestId("contact-row").waitFor();
  await page.getByTestId("nav-chats").click();
  await page.getByTestId("stranded-link").click();
  const written = page.getByTestId("stranded-message");
  assert.match(await written.innerText(), /12 River Road/);
  await written.getByTestId("discard-stranded").click();
  await untilGone(written);
  await untilGone(page.getByTestId("stranded-link"));
});

browserTest("anybody can be blocked, and what is hidden can be shown again", async (stage) => {
  const { origin } = stage.server;
  const mia = await createAccount(origin, "mia", "Mia Keller");
  const lin = await createAccount(origin, "lin", "林悦");
  const ben = await createAccount(origin, "ben", "Ben");
  const room = await befriendAccounts(origin, mia, lin);
  await befriendAccounts(origin, lin, ben);
  using host = await connectClient(origin, lin);
  const group = await host.client.groups.create("Hiking", [mia.id, ben.id]);
  await host.client.thread.send(room, "Are you there?");
  const profile = await stage.profile();
  const { page, context } = profile;
  await enterAs(profile, mia);
  await page.reload();
  await page.getByTestId("row-presence").filter({ hasText: "Online" }).waitFor();
  await page.getByTestId("nav-contacts").click();
  await page.getByTestId("contact-row").getByTestId("unread-badge").waitFor();

  // On a phone the details hide the thread; there is a way back while they have not come.
  await page.setViewportSize({ width: 360, height: 640 });
  profile.expect(NETWORK_ERRORS);
  await context.route("**/assets/details_pane-*", (route) => route.abort());
  await openConversation(page, origin, group.id);
  await page.getByTestId("details-link").click();
  await page.getByTestId("details-wait").waitFor();
  await page.getByTestId("close-details").click();
  await page.getByTestId("message-log").waitFor();
  await context.unroute("**/assets/details_pane-*");
  await page.reload();
  await page.getByTestId("details-link").click();

  const row = page.locator("[data-testid=member-row][data-username=ben]");
  await row.getByTestId("member-actions").click();
  await page.getByTestId("block-member").click();
  await page.getByTestId("confirm-run").click();
  await row.getByTestId("member-role").filter({ hasText: "Blocked" }).waitFor();
  await row.getByTestId("member-actions").click();
  await page.getByTestId("unblock-member").click();
  await untilGone(row.getByTestId("member-role"));

  await page.getByTestId("hide-conversation").click();
  const listed = page.locator(`[data-conversation="${group.id}"]`);
  await page.getByTestId("conversation-row").first().waitFor();
  await untilGone(listed);
  await page.getByTestId("hidden-chats").click();
  await listed.click();
  await page.getByTestId("details-link").click();
  await page.getByTestId("show-conversation").click();
  await page.getByTestId("hide-conversation").waitFor();
  await page.getByTestId("close-details").click();
  await page.getByTestId("back").click();
  await listed.waitFor();

  await page.getByTestId("add-contact").click();
  await page.getByTestId("people-search").fill("ben");
  const found = page.getByTestId("person-row");
  await found.getByTestId("stranger-actions").click();
  await page.getByTestId("block-stranger").click();
  await page.getByTestId("confirm-run").click();
  await found.getByTestId("person-standing").filter({ hasText: "Blocked" }).waitFor();
});

async function untilFocused(element: Locator): Promise<void> {
  await element.and(element.page().locator(":focus")).waitFor();
}

function seen(element: Locator, timeout: number): Promise<boolean> {
  return element.waitFor({ timeout }).then(() => true, () => false);
}
