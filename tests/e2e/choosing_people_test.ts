import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import {
  befriendAccounts,
  connectClient,
  createAccount,
  enterAs,
} from "../support/browser_accounts.ts";
import { browserTest } from "../support/browser.ts";
import { openConversation, untilGone } from "../support/browser_steps.ts";
import { until } from "../support/people.ts";

const FRIENDS = ["ada", "ben", "cem", "dora", "eva", "finn", "gus", "hana", "ines"];

browserTest(
  "people are chosen by touch and by keys, and only when somebody does",
  async (stage) => {
    const { origin } = stage.server;
    const mia = await createAccount(origin, "mia", "Mia");
    const friends = await Promise.all(
      FRIENDS.map((name) => createAccount(origin, name, `Friend ${name}`)),
    );
    for (const friend of friends) await befriendAccounts(origin, mia, friend);
    using own = await connectClient(origin, mia);
    const { client } = own;
    const { id } = await client.groups.create("Choir", friends.map((friend) => friend.id));

    const profile = await stage.profile({ viewport: { width: 360, height: 640 }, hasTouch: true });
    const { page } = profile;
    await enterAs(profile, mia);
    await page.reload();
    await openConversation(page, origin, id);
    const composer = page.getByTestId("composer");
    const list = page.getByTestId("mention-list");

    await page.getByTestId("system-line").waitFor();
    await composer.pressSequentially("Hello @");
    await list.waitFor();
    await dragUp(page, list);
    await until("the list has moved", async () => await list.evaluate((box) => box.scrollTop) > 0);
    assert.equal(await composer.inputValue(), "Hello @", "who scrolls has chosen nobody");
    await composer.press("ArrowUp");
    await until("the active choice is in view", async () => await isInView(list));
    await composer.press("ArrowDown");
    await until("the active choice is in view", async () => await isInView(list));
    await list.locator("[data-choice]", { hasText: "Friend ben" }).tap();
    assert.equal(await composer.inputValue(), "Hello @Friend ben ");

    // The caret goes elsewhere by keys: what is chosen then is put where it stands.
    await composer.fill("@ad and @");
    await list.waitFor();
    for (let step = 0; step < " and @".length; step++) await composer.press("ArrowLeft");
    // On its way the caret passes where nobody is offered.
    await list.getByText("Friend ada").waitFor();
    await until(
      "the names with an a",
      async () => await list.getByText("Friend gus").count() === 0,
    );
    await composer.press("Enter");
    assert.equal(await composer.inputValue(), "@Friend ada and @");
    await untilGone(list);

    // An edited message mentions whom it did.
    await composer.fill("Hello");
    await composer.press("Enter");
    await page.locator("[data-testid=bubble][data-seq]").waitFor();
    await composer.press("ArrowUp");
    await page.getByTestId("composer-edit").waitFor();
    await composer.pressSequentially(" @be");
    assert.equal(await list.count(), 0);
    await composer.press("Escape");
    await until("the draft is back", async () => await composer.inputValue() === "");

    // Enter in the search does not send the form.
    await page.goto(`${origin}/#/new-group`);
    await page.getByTestId("new-group-title").fill("Band");
    await page.locator(".pick-row", { hasText: "Friend ada" }).click();
    await page.getByTestId("pick-filter").fill("ben");
    await page.getByTestId("pick-filter").press("Enter");
    await page.locator(".pick-row", { hasText: "Friend ben" }).click();
    await page.getByTestId("create-group").click();
    await composer.waitFor();
    await until("the group", () => client.conversations.list().some(isBand));
    const band = client.conversations.list().find(isBand);
    assert.equal(band?.info.memberCount, 3, "Mia, Ada and Ben");

    // A finger is wider than a pointer.
    await page.goto(`${origin}/#/contacts`);
    const buttons = page.locator(".button-small");
    await page.getByText("Friend gus").waitFor();
    const heights = await buttons.evaluateAll((all) =>
      all.map((button) => button.getBoundingClientRect().height)
    );
    assert.ok(heights.length > FRIENDS.length && Math.min(...heights) >= 44, `${heights}`);
  },
);

const isBand = ({ info }: { info: { title: string } }) => info.title === "Band";

/** Moves a finger from the list's lower part to its upper one. */
async function dragUp(page: Page, list: Locator): Promise<void> {
  const box = await list.boundingBox();
  assert.ok(box !== null);
  const x = box.x + box.width / 2;
  const devtools = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", y?: number) =>
    devtools.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: y === undefined ? [] : [{ x, y }],
    });
  await touch("touchStart", box.y + box.height - 20);
  for (let moved = 40; moved <= 120; moved += 20) {
    await touch("touchMove", box.y + box.height - moved);
  }
  await touch("touchEnd");
}

async function isInView(list: Locator): Promise<boolean> {
  return await list.evaluate((box) => {
    const active = box.querySelector("[aria-selected=true]")?.getBoundingClientRect();
    const { top, bottom } = box.getBoundingClientRect();
    return active !== undefined && active.top >= top - 1 && active.bottom <= bottom + 1;
  });
}
