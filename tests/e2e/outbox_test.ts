import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { befriendAccounts, createAccount, enterAs } from "../support/browser_accounts.ts";
import { browserTest, NETWORK_ERRORS, type Profile, type Stage } from "../support/browser.ts";
import {
  bubbles,
  openConversation,
  say,
  untilState,
  untilTexts,
} from "../support/browser_steps.ts";
import { checkLog } from "../support/check_history.ts";
import { startFaultyProxy } from "../support/faulty_proxy.ts";
import { until } from "../support/people.ts";

const WRITTEN = ["one", "two", "three", "four", "five"];
const TICKETS = "**/api/v1/tickets";

browserTest("messages written without a connection are sent once after a reload", async (stage) => {
  await using proxy = startFaultyProxy(stage.server.port);
  const { profile, room } = await enterConversation(stage, proxy.origin);
  const { page, context } = profile;
  await say(page, "before");
  await untilState(page, "before", "sent");

  // The page and the gate are there, the chat is not.
  profile.expect(NETWORK_ERRORS);
  await context.route(TICKETS, (route) => route.abort());
  proxy.cut();
  for (const text of WRITTEN) await say(page, text);
  await untilSending(page);
  await page.reload();
  await untilSending(page);

  await page.getByTestId("connection-banner").waitFor();
  await context.unroute(TICKETS);
  await untilTexts(page, ["before", ...WRITTEN]);
  await untilState(page, "five", "sent");
  await checkSentOnce(stage, page, room);
});

browserTest("messages whose answers were lost are not sent twice after a reload", async (stage) => {
  const { profile, room } = await enterConversation(stage, stage.server.origin);
  const { page } = profile;
  let answers = true;
  await page.routeWebSocket("**/api/v1/chat", (near) => {
    const far = near.connectToServer();
    far.onMessage((data) => {
      if (answers || JSON.parse(String(data)).type !== "ok") near.send(data);
    });
  });
  await page.reload();
  await openConversation(page, stage.server.origin, room);
  await say(page, "before");
  await untilState(page, "before", "sent");

  answers = false;
  for (const text of WRITTEN) await say(page, text);
  await untilSending(page);
  await until("the first is stored", async () => (await readTexts(stage, room)).includes("one"));
  answers = true;
  await page.reload();
  await untilTexts(page, ["before", ...WRITTEN]);
  await untilState(page, "five", "sent");
  await checkSentOnce(stage, page, room);
});

async function enterConversation(
  stage: Stage,
  origin: string,
): Promise<{ profile: Profile; room: string }> {
  const mia = await createAccount(stage.server.origin, "mia", "Mia Keller");
  const lin = await createAccount(stage.server.origin, "lin", "林悦");
  const room = await befriendAccounts(stage.server.origin, mia, lin);
  const profile = await stage.profile({ origin });
  await enterAs(profile, mia);
  await profile.page.reload();
  await openConversation(profile.page, origin, room);
  return { profile, room };
}

async function untilSending(page: Page): Promise<void> {
  const sending = async () =>
    (await bubbles(page)).filter(({ state }) => state === "sending").map(({ text }) => text);
  await until(
    "all that was written waits, in order",
    async () => JSON.stringify(await sending()) === JSON.stringify(WRITTEN),
  );
}

async function readTexts(stage: Stage, room: string): Promise<string[]> {
  return (await checkLog(stage.sql, room)).map(({ text }) => text).filter((text) => text !== "");
}

async function checkSentOnce(stage: Stage, page: Page, room: string): Promise<void> {
  assert.deepEqual(await readTexts(stage, room), ["before", ...WRITTEN], "stored once, in order");
  await page.reload();
  await untilTexts(page, ["before", ...WRITTEN]);
}
