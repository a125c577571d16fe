import assert from "node:assert/strict";
import type { CDPSession, Page } from "playwright-core";
import {
  befriendAccounts,
  connectClient,
  createAccount,
  enterAs,
} from "../support/browser_accounts.ts";
import { browserTest } from "../support/browser.ts";
import { openConversation, texts, untilTexts } from "../support/browser_steps.ts";

browserTest("signing in and sending a message need no mouse", async (stage) => {
  const { origin } = stage.server;
  const mia = await createAccount(origin, "mia", "Mia Keller");
  const lin = await createAccount(origin, "lin", "林悦");
  const room = await befriendAccounts(origin, mia, lin);
  using other = await connectClient(origin, lin);
  await other.client.thread.send(room, "你好！");
  const { page } = await stage.profile();
  const { keyboard } = page;

  await page.getByTestId("sign-in-form").waitFor();
  // The first field has the focus already.
  await keyboard.type("mia");
  await keyboard.press("Tab");
  await keyboard.type(mia.password);
  await keyboard.press("Enter");
  await page.getByTestId("conversation-row").waitFor();
  await tabTo(page, "conversation-row");
  await keyboard.press("Enter");
  await untilTexts(page, ["你好！"]);
  await untilFocused(page, "composer");
  await keyboard.type("first line");
  await keyboard.press("Shift+Enter");
  await keyboard.type("second line");
  await keyboard.press("Enter");
  await untilTexts(page, ["你好！", "first line\nsecond line"]);
  await untilFocused(page, "composer");
});

browserTest("Enter does not send while an input method composes", async (stage) => {
  const { origin } = stage.server;
  const mia = await createAccount(origin, "mia", "Mia Keller");
  const lin = await createAccount(origin, "lin", "林悦");
  const room = await befriendAccounts(origin, mia, lin);
  const profile = await stage.profile();
  const { page } = profile;
  await enterAs(profile, mia);
  await page.reload();
  await openConversation(page, origin, room);
  const composer = page.getByTestId("composer");
  await composer.click();
  const devtools = await profile.context.newCDPSession(page);

  await compose(devtools, "ni hao");
  await pressEnter(devtools, 13);
  // How keys that belong to the input method look in Safari.
  await pressEnter(devtools, 229);
  await devtools.send("Input.insertText", { text: "你好" });
  assert.equal(await composer.inputValue(), "你好");
  assert.deepEqual(await texts(page), [], "nothing was sent");
  await composer.press("Enter");
  await untilTexts(page, ["你好"]);
  assert.equal(await composer.inputValue(), "");
});

async function compose(devtools: CDPSession, text: string): Promise<void> {
  await devtools.send("Input.imeSetComposition", {
    text,
    selectionStart: text.length,
    selectionEnd: text.length,
  });
}

async function pressEnter(devtools: CDPSession, windowsVirtualKeyCode: number): Promise<void> {
  for (const type of ["rawKeyDown", "keyUp"] as const) {
    await devtools.send("Input.dispatchKeyEvent", {
      type,
      key: "Enter",
      code: "Enter",
      windowsVirtualKeyCode,
    });
  }
}

/** Presses Tab until the element with this test id has the focus. */
async function tabTo(page: Page, testid: string): Promise<void> {
  for (let presses = 0; presses < 20; presses++) {
    if (await isFocused(page, testid)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to ${testid}`);
}

async function untilFocused(page: Page, testid: string): Promise<void> {
  await page.locator(`[data-testid=${testid}]:focus`).waitFor();
}

async function isFocused(page: Page, testid: string): Promise<boolean> {
  return await page.locator(`[data-testid=${testid}]:focus`).count() > 0;
}
