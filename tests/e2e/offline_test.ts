import assert from "node:assert/strict";
import {
  befriendAccounts,
  connectClient,
  createAccount,
  enterAs,
} from "../support/browser_accounts.ts";
import { browserTest, NETWORK_ERRORS } from "../support/browser.ts";
import {
  bubbles,
  openConversation,
  texts,
  untilGone,
  untilTexts,
} from "../support/browser_steps.ts";
import { checkLog } from "../support/check_history.ts";
import { startFaultyProxy } from "../support/faulty_proxy.ts";
import { until } from "../support/people.ts";

const WHILE_AWAY = 50;

browserTest("a page that was offline has all it missed, once and in order", async (stage) => {
  const { origin } = stage.server;
  await using proxy = startFaultyProxy(stage.server.port);
  const mia = await createAccount(origin, "mia", "Mia Keller");
  const lin = await createAccount(origin, "lin", "林悦");
  const room = await befriendAccounts(origin, mia, lin);
  using other = await connectClient(origin, lin);
  const { client } = other;
  const profile = await stage.profile({ origin: proxy.origin });
  const { page } = profile;
  await enterAs(profile, mia);
  await page.reload();
  await openConversation(page, proxy.origin, room);
  await client.thread.open(room);
  await client.thread.send(room, "before");
  await untilTexts(page, ["before"]);

  profile.expect(NETWORK_ERRORS);
  await profile.context.setOffline(true);
  proxy.reachable = false;
  const cutAt = Date.now();
  proxy.cut();
  const missed = Array.from({ length: WHILE_AWAY }, (_, index) => `while away ${index + 1}`);
  for (const text of missed) await client.thread.send(room, text);
  await until("all are stored", () => client.thread.view(room).pending.length === 0);
  const banner = page.getByTestId("connection-banner");
  await banner.waitFor();
  const shownAfter = Date.now() - cutAt;
  assert.ok(shownAfter >= 1_900, `the banner came after ${shownAfter} ms`);
  assert.deepEqual(await texts(page), ["before"], "what was there can still be read");

  proxy.reachable = true;
  await profile.context.setOffline(false);
  await untilTexts(page, ["before", ...missed]);
  await untilGone(banner);
  const log = await checkLog(stage.sql, room);
  assert.deepEqual(
    (await bubbles(page)).map(({ seq, text }) => ({ seq, text })),
    log.filter(({ text }) => text !== "").map(({ seq, text }) => ({ seq, text })),
  );
  await page.reload();
  await untilTexts(page, ["before", ...missed].slice(-50));
});
