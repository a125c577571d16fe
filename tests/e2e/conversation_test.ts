import assert from "node:assert/strict";
import { browserTest } from "../support/browser.ts";
import {
  bubbles,
  say,
  signUpOnPage,
  untilGone,
  untilState,
  untilTexts,
  untilTitle,
} from "../support/browser_steps.ts";

browserTest("two people sign up, find each other, become contacts and talk", async (stage) => {
  const { origin } = stage.server;
  const mia = (await stage.profile()).page;
  const lin = (await stage.profile({ viewport: { width: 360, height: 740 } })).page;
  const password = "correct horse battery";
  await Promise.all([
    signUpOnPage(mia, origin, {
      email: "mia@example.org",
      username: "mia.keller",
      displayName: "Mia Keller",
      password,
    }),
    signUpOnPage(lin, origin, {
      email: "lin@example.org",
      username: "linyue",
      displayName: "林悦",
      password,
    }),
  ]);

  await mia.getByTestId("add-contact").click();
  await mia.getByTestId("people-search").fill("linyue");
  await mia.locator("[data-testid=person-row][data-username=linyue]")
    .getByTestId("add-person").click();
  await mia.getByTestId("greeting").fill("Hi, it’s Mia from the choir");
  await mia.getByTestId("request-contact").click();
  await mia.getByTestId("person-standing").waitFor();

  await lin.getByTestId("nav-contacts-badge").waitFor();
  await lin.getByTestId("nav-contacts").click();
  await lin.getByText("Hi, it’s Mia from the choir").waitFor();
  await lin.getByTestId("accept-request").click();
  await lin.getByTestId("composer").waitFor();

  // Lin is in the conversation; Mia is still looking at her contacts.
  await say(lin, "你好 Mia！");
  await untilState(lin, "你好 Mia！", "delivered");
  await mia.getByTestId("nav-chats-badge").getByText("1", { exact: true }).waitFor();
  await untilTitle(mia, "(1) Contacts · Parley");
  await mia.getByTestId("nav-chats").click();
  await mia.getByTestId("unread-badge").getByText("1", { exact: true }).waitFor();
  await untilTitle(mia, "(1) Parley");

  await mia.getByTestId("conversation-row").click();
  await untilTexts(mia, ["你好 Mia！"]);
  await untilState(lin, "你好 Mia！", "read");
  await untilGone(mia.getByTestId("unread-badge"));
  await untilGone(mia.getByTestId("nav-chats-badge"));
  await untilTitle(mia, "林悦 · Parley");

  await say(mia, "Hello Lin!");
  await untilTexts(lin, ["你好 Mia！", "Hello Lin!"]);
  await untilState(mia, "Hello Lin!", "read");
  await say(lin, "明天见？");
  await say(mia, "See you there");
  await untilTexts(mia, ["你好 Mia！", "Hello Lin!", "明天见？", "See you there"]);
  await untilTexts(lin, ["你好 Mia！", "Hello Lin!", "明天见？", "See you there"]);
  const seqs = (await bubbles(mia)).map((bubble) => bubble.seq);
  assert.deepEqual(seqs, (await bubbles(lin)).map((bubble) => bubble.seq));
});
