import assert from "node:assert/strict";
import { browserTest } from "../support/browser.ts";
import {
  acceptContact,
  actOn,
  askToBeContacts,
  makeGroup,
  messageRow,
  reactTo,
  type Reader,
  type SeenLine,
  untilAllSee,
} from "../support/browser_group.ts";
import { openConversation, say, signUpOnPage, untilGone } from "../support/browser_steps.ts";

browserTest(
  "a group of four sees the same, whatever they do and after each reload",
  async (stage) => {
    const { origin } = stage.server;
    const profiles = await Promise.all([1, 2, 3].map(() => stage.profile()));
    const [mia, lin, ben] = ["Mia", "Lin", "Ben"].map((name, at): Reader => {
      const page = profiles[at]?.page;
      assert.ok(page !== undefined);
      return { name, page };
    });
    assert.ok(mia && lin && ben);
    const newcomer = ({ name }: { name: string }) => ({
      email: `${name.toLowerCase()}@example.org`,
      username: name.toLowerCase(),
      displayName: name,
      password: "correct horse battery",
    });
    await Promise.all(
      [mia, lin, ben].map((person) => signUpOnPage(person.page, origin, newcomer(person))),
    );
    for (const friend of [lin, ben]) {
      await askToBeContacts(mia.page, friend.name.toLowerCase());
      await acceptContact(friend.page);
    }

    const group = await makeGroup(mia.page, "Hiking", ["Lin", "Ben"]);
    const three = [mia, lin, ben];
    await Promise.all([lin, ben].map(({ page }) => openConversation(page, origin, group)));
    let shown: SeenLine[] = [{ text: "Mia created the group “Hiking”." }];
    await untilAllSee(three, shown);

    await say(mia.page, "Who comes along on Saturday?");
    shown = [...shown, { by: "Mia", text: "Who comes along on Saturday?" }];
    await untilAllSee(three, shown);

    // Who comes later may read this, so that all pages can be the same.
    await mia.page.getByTestId("details-link").click();
    await mia.page.getByTestId("history-visible").click();
    shown = [...shown, { text: "Mia let newcomers see earlier messages." }];
    await untilAllSee(three, shown);

    // The link is opened by somebody who has no account yet.
    await mia.page.getByTestId("create-invite").click();
    const link = await mia.page.getByTestId("invite-url").inputValue();
    assert.ok(link.startsWith(`${origin}/#/join/`), link);
    await mia.page.getByTestId("qr-code").waitFor();
    await mia.page.getByTestId("close-details").click();
    const guest = await stage.profile();
    const zoe: Reader = {
      name: "Zoe",
      page: await guest.tab(new URL(link).hash.replace("#", "/#")),
    };
    await zoe.page.getByTestId("invited").waitFor();
    await signUpOnPage(zoe.page, origin, newcomer(zoe));
    await zoe.page.getByTestId("composer").waitFor();
    assert.ok(zoe.page.url().endsWith(`/#/c/${group}`), "the link leads straight into the group");
    const all = [...three, zoe];
    shown = [...shown, { text: "Zoe joined." }];
    await untilAllSee(all, shown);

    await actOn(lin.page, "Who comes along on Saturday?", "message-reply");
    await lin.page.getByTestId("composer-reply").waitFor();
    await say(lin.page, "I do");
    shown = [...shown, { by: "Lin", text: "I do", quote: "Who comes along on Saturday?" }];
    await untilAllSee(all, shown);

    // Ben looks elsewhere: that somebody mentions him is counted.
    await ben.page.getByTestId("nav-chats").click();
    const composer = zoe.page.getByTestId("composer");
    await composer.pressSequentially("Hello @be");
    await zoe.page.getByTestId("mention-choice").waitFor();
    await composer.press("Enter");
    await composer.pressSequentially("and all");
    await composer.press("Enter");
    await ben.page.getByTestId("mention-badge").waitFor();
    await openConversation(ben.page, origin, group);
    shown = [...shown, { by: "Zoe", text: "Hello @Ben and all" }];
    await untilAllSee(all, shown);
    for (const { name, page } of all) {
      const bubble = messageRow(page, "Hello @Ben and all").getByTestId("bubble");
      assert.equal(await bubble.getAttribute("data-for-me"), `${name === "Ben"}`, name);
    }

    await say(ben.page, "I do not no yet");
    shown = [...shown, { by: "Ben", text: "I do not no yet" }];
    await untilAllSee(all, shown);
    await ben.page.getByTestId("composer").press("ArrowUp");
    await ben.page.getByTestId("composer-edit").waitFor();
    assert.equal(await ben.page.getByTestId("composer").inputValue(), "I do not no yet");
    await say(ben.page, "I do not know yet");
    await untilGone(ben.page.getByTestId("composer-edit"));
    // Another Enter must not send it as a message of its own.
    assert.equal(await ben.page.getByTestId("composer").inputValue(), "");
    shown = [...shown.slice(0, -1), { by: "Ben", text: "I do not know yet", marks: "edited" }];
    await untilAllSee(all, shown);

    // What opens within the log would be read out as if somebody had said it.
    await messageRow(lin.page, "I do").getByTestId("message-actions").click();
    await lin.page.getByTestId("menu").waitFor();
    assert.equal(await lin.page.locator("[role=log] [role=menu]").count(), 0);
    await lin.page.keyboard.press("Escape");
    await untilGone(lin.page.getByTestId("menu"));
    await actOn(lin.page, "I do", "message-recall");
    shown = shown.map((line) =>
      line.text === "I do"
        ? { by: "Lin", text: "This message was recalled.", marks: "recalled" }
        : line
    );
    await untilAllSee(all, shown);

    await reactTo(mia.page, "Hello @Ben and all", "🎉");
    await ben.page.getByTestId("reaction").click();
    const react = (reactions: string) =>
      shown.map((line) => line.text === "Hello @Ben and all" ? { ...line, reactions } : line);
    await untilAllSee(all, react("🎉 2"));
    await ben.page.getByTestId("reaction").and(ben.page.locator("[aria-pressed=true]")).click();
    await reactTo(lin.page, "Hello @Ben and all", "👍");
    shown = react("🎉 1, 👍 1");
    await untilAllSee(all, shown);

    await actOn(mia.page, "Who comes along on Saturday?", "message-pin");
    shown = shown.map((line) =>
      line.text.startsWith("Who comes") ? { ...line, marks: "pinned" } : line
    );
    await untilAllSee(all, shown);

    await mia.page.getByTestId("details-link").click();
    const row = mia.page.locator("[data-testid=member-row][data-username=ben]");
    await row.getByTestId("member-actions").click();
    await mia.page.getByTestId("remove-member").click();
    await mia.page.getByTestId("confirm-run").click();
    await ben.page.getByTestId("thread-gone").waitFor();
    assert.equal(await ben.page.getByTestId("composer").count(), 0, "Ben cannot write any more");
    const rows = ben.page.locator(`[data-conversation="${group}"]`);
    assert.equal(await rows.count(), 0, "the group has left Ben's list");
    await mia.page.getByTestId("close-details").click();
    const remaining = [mia, lin, zoe];
    shown = [...shown, { text: "Mia removed Ben." }];
    await untilAllSee(remaining, shown);

    await say(lin.page, "Without Ben, then");
    shown = [...shown, { by: "Lin", text: "Without Ben, then" }];
    await untilAllSee(remaining, shown);
    assert.equal(await ben.page.getByText("Without Ben, then").count(), 0);
    assert.equal(await ben.page.getByTestId("nav-chats-badge").count(), 0);
    profiles[2]?.expect(/status of 404/);
    await ben.page.reload();
    await ben.page.getByTestId("thread-gone").waitFor();
    assert.equal(await ben.page.getByTestId("bubble").count(), 0, "nothing of it is shown to Ben");
    assert.equal(await rows.count(), 0);
  },
);
