/// <reference lib="dom" />
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import type { Attachment, Id } from "../../lib/protocol/model.ts";
import {
  type Account,
  befriendAccounts,
  connectClient,
  createAccount,
  enterAs,
} from "../support/browser_accounts.ts";
import { browserTest, type Profile, type ProfileOptions, type Stage } from "../support/browser.ts";
import { assertFitsWidth, assertLanguage } from "../support/browser_checks.ts";
import { drawPicture, filmShapes, makeSound } from "../support/browser_media.ts";
import { openConversation } from "../support/browser_steps.ts";
import { until } from "../support/people.ts";
import { seedFile } from "../support/seed_file.ts";

type Talk = { mia: Account; lin: Account; room: Id };

async function begin({ server: { origin } }: Stage): Promise<Talk> {
  const mia = await createAccount(origin, "mia.keller", "Mia Keller");
  const lin = await createAccount(origin, "linyue", "林悦");
  return { mia, lin, room: await befriendAccounts(origin, mia, lin) };
}

type Said = { text?: string; attachments?: readonly Attachment[] };

/** What Lin says from a device without a browser; the answer takes back the message at a position. */
async function say({ server: { origin } }: Stage, { lin, room }: Talk, said: readonly Said[]) {
  const device = await connectClient(origin, lin);
  const { connection, thread } = device.client;
  await until("the connection is ready", () => connection.state().name === "ready");
  await thread.open(room);
  for (const { text = "", attachments = [] } of said) {
    await thread.send(room, text, { attachments });
  }
  await until("it is said", () => thread.view(room).pending.length === 0);
  const recall = async (text: string) => {
    const seq = thread.view(room).messages.find((message) => message.text === text)?.seq ?? 0;
    await thread.recall(room, seq);
  };
  return { recall, [Symbol.dispose]: device[Symbol.dispose] };
}

async function readAs(
  stage: Stage,
  { mia, room }: Talk,
  options: ProfileOptions = {},
  previewed: Promise<void> = Promise.resolve(),
): Promise<Profile & { readonly asked: readonly string[] }> {
  const profile = await stage.profile(options);
  const asked: string[] = [];
  // Stands in for a server that may look at addresses outside.
  await profile.context.route("**/api/v1/link-previews?*", async (route) => {
    const url = new URL(route.request().url()).searchParams.get("url") ?? "";
    asked.push(url);
    await previewed;
    const preview = {
      ...{ id: room, url, title: "<b>Hiking</b>", site: "Example" },
      description: "About walking",
    };
    await route.fulfill({ json: { preview } });
  });
  // As for every file that is not on the server yet.
  profile.expect(/status of 404 .*\/api\/v1\/files\/instant$/);
  await enterAs(profile, mia);
  await profile.page.reload();
  await openConversation(profile.page, stage.server.origin, room);
  return { ...profile, asked };
}

/** How much what is seen has moved by itself since the page was loaded. */
async function watchShifts(profile: Profile): Promise<void> {
  await profile.context.addInitScript(() => {
    const shifts = { sum: 0 };
    Object.assign(globalThis, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if ("value" in entry && typeof entry.value === "number") shifts.sum += entry.value;
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
}

const WIDTHS = [320, 768, 1280];

browserTest("files in messages are seen, heard and had by whoever may have them", async (stage) => {
  const talk = await begin(stage);
  const { sql, store, server: { origin } } = stage;
  const { lin, room } = talk;
  const { page: board } = await stage.profile();
  const photo = async (name: string, width: number, height: number, hue: number) =>
    await seedFile(sql, lin.id, {
      ...await drawPicture(board, { width, height, hue }),
      ...{ store, name },
    });
  const wide = await photo("holiday.png", 1_600, 900, 200);
  const album = [await photo("one.png", 800, 800, 20), await photo("two.png", 900, 600, 90)];
  const sound = makeSound(2);
  const voice = await seedFile(sql, lin.id, { ...sound, store, name: "voice.wav" });
  const paper = await seedFile(sql, lin.id, {
    store,
    name: "会议纪要 second draft of the minutes of our meeting in autumn.pdf",
    type: "application/pdf",
  });
  const film = await seedFile(sql, lin.id, {
    ...await filmShapes(board),
    store,
    name: "film.webm",
  });
  const link = "https://parley.example/hiking";
  using talking = await say(stage, talk, [
    { attachments: [wide] },
    { text: `${link}, not javascript:alert(1)` },
    { text: "Two of them", attachments: album },
    { text: "Here it is", attachments: [paper] },
    { attachments: [voice] },
    { attachments: [film] },
  ]);

  const profile = await readAs(stage, talk);
  const { page, context } = profile;
  await watchShifts(profile);
  // Bytes of pictures are held back until their places have been looked at.
  let release = () => {};
  const held = new Promise<void>((resolve) => release = resolve);
  await context.route("**/api/v1/files/*/thumbnail", async (route) => {
    await held;
    await route.continue();
  });
  await page.reload();
  const tiles = page.getByTestId("picture");
  await page.getByTestId("placeholder").nth(2).waitFor();
  const boxes = () =>
    tiles.evaluateAll((each) =>
      each.map((tile) => {
        const { width, height } = tile.getBoundingClientRect();
        return { width, height };
      })
    );
  const before = await boxes();
  assert.deepEqual(before[0], { width: 320, height: 180 });
  release();
  await page.locator("[data-testid=picture][data-state=ready]").nth(2).waitFor();
  assert.deepEqual(await boxes(), before, "what comes takes the place that was kept for it");
  const moved = await page.evaluate(() => (globalThis as { shifts?: { sum: number } }).shifts?.sum);
  assert.ok(moved !== undefined && moved < 0.05, `the page moved by ${moved}`);
  await page.goto(`${origin}/#/`);
  await page.locator("[data-testid=preview]", { hasText: "[Video] film.webm" }).waitFor();
  await openConversation(page, origin, room);

  await lookThroughLightbox(page);
  await listen(page);
  await watch(page);

  const coming = page.waitForEvent("download");
  await page.getByTestId("download").click();
  const download = await coming;
  assert.equal(download.suggestedFilename(), paper.name);
  const path = await download.path();
  assert.equal((await Deno.stat(path)).size, paper.size);

  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    await assertFitsWidth(page, `a thread with files at ${width} px`);
  }
  await assertLanguage(page, "en");

  await talking.recall("Two of them");
  await page.locator("[data-stand=recalled]").waitFor();
  assert.equal(await tiles.count(), 1, "nothing is left of the files of a message taken back");
  await context.close();
  await readInChinese(stage, talk, link);
});

/** By the keyboard alone. */
async function lookThroughLightbox(page: Page): Promise<void> {
  await page.getByTestId("open-picture").first().focus();
  await page.keyboard.press("Enter");
  const lightbox = page.getByTestId("lightbox");
  const ready = page.locator("[data-testid=large-picture][data-state=ready]");
  await ready.waitFor();
  const title = () => lightbox.getByRole("heading").textContent();
  assert.equal(await title(), "holiday.png");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await title(), "holiday.png", "there is none before the first");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await lightbox.getByText("3 of 3").waitFor();
  await ready.waitFor();
  assert.equal(await title(), "two.png");
  const width = () => ready.evaluate((element) => element.getBoundingClientRect().width);
  const fitting = await width();
  await page.keyboard.press("+");
  await until("it is larger", async () => await width() > fitting);
  await page.keyboard.press("0");
  await until("it fits again", async () => await width() === fitting);
  // Nothing behind it can be reached.
  for (let presses = 0; presses < 12; presses++) {
    await page.keyboard.press("Tab");
    const within = await page.evaluate(() =>
      document.activeElement === document.body ||
      document.activeElement?.closest("[data-testid=lightbox]") !== null
    );
    assert.ok(within, "the focus stays in the lightbox");
  }
  await page.keyboard.press("Escape");
  await lightbox.waitFor({ state: "detached" });
  const focused = await page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
  assert.equal(focused, "Open the picture holiday.png", "the focus is where it was");
}

async function listen(page: Page): Promise<void> {
  const seek = page.getByTestId("sound-seek");
  await seek.focus();
  for (let presses = 0; presses < 5; presses++) await page.keyboard.press("ArrowRight");
  assert.equal(await seek.getAttribute("aria-valuetext"), "0:00 of 0:02");
  assert.equal(await seek.inputValue(), "0.5");
  await page.getByTestId("sound-play").click();
  await page.locator("[data-testid=sound-play][data-state=paused]").waitFor();
  assert.equal(await page.getByTestId("sound-time").textContent(), "0:02", "it is over");
}

/** Nothing of a film is fetched before somebody wants to see it. */
async function watch(page: Page): Promise<void> {
  const film = page.getByTestId("video");
  const source = () => film.locator("video").evaluate((video: HTMLVideoElement) => video.src);
  assert.equal(await source(), "");
  await page.getByTestId("play-video").click();
  await page.locator("[data-testid=video][data-state=paused]").waitFor();
  assert.match(await source(), /\/content\?/);
  const width = await film.locator("video").evaluate((video: HTMLVideoElement) => video.videoWidth);
  assert.equal(width, 320, "it was seen to its end");
}

/** In Chinese, and with a connection that fails at first. */
async function readInChinese(stage: Stage, talk: Talk, link: string): Promise<void> {
  let answer = () => {};
  const previewed = new Promise<void>((resolve) => answer = resolve);
  const viewport = { width: 1_280, height: 480 };
  const profile = await readAs(stage, talk, { locale: "zh-CN", viewport }, previewed);
  const { page, context, asked } = profile;
  profile.expect(/net::ERR_FAILED/);
  let broken = true;
  await context.route(
    "**/api/v1/files/*/thumbnail",
    (route) => broken ? route.abort() : route.continue(),
  );
  await page.reload();
  // Somebody reads what follows a link: it stays where it is when the preview comes.
  const reading = page.getByTestId("bubble").filter({ has: page.getByTestId("download") });
  await until("the preview is asked for", () => asked.length > 0);
  await reading.evaluate((bubble) => {
    const log = bubble.closest("[role=log]");
    if (log === null) throw new Error("there is no log");
    log.scrollTop += bubble.getBoundingClientRect().top - log.getBoundingClientRect().top - 40;
  });
  await page.getByTestId("jump-to-latest").waitFor();
  const top = () => reading.evaluate((bubble) => bubble.getBoundingClientRect().top);
  const before = await top();
  answer();
  const card = page.getByTestId("link-card");
  await card.waitFor();
  assert.ok(Math.abs(await top() - before) <= 1, `it moved from ${before} to ${await top()}`);
  assert.match(await card.textContent() ?? "", /<b>Hiking<\/b>About walkingparley\.example$/);
  assert.deepEqual(new Set(asked), new Set([link]));
  const written = page.locator(".text-link");
  for (const each of [card, written]) {
    assert.equal(await each.getAttribute("href"), link);
    assert.equal(await each.getAttribute("rel"), "noopener noreferrer");
    assert.equal(await each.getAttribute("target"), "_blank");
  }
  assert.equal(await written.count(), 1, "nothing else is a link");

  const retry = page.getByTestId("retry-picture");
  await retry.waitFor();
  await assertLanguage(page, "zh-CN");
  broken = false;
  await retry.click();
  await page.locator("[data-testid=picture][data-state=ready]").waitFor();

  await page.getByTestId("nav-settings").click();
  await page.getByTestId("storage").getByText("已用 0 B，共 1 GB").waitFor();
  await page.getByTestId("link-previews").click();
  await page.locator("[data-testid=link-previews][aria-checked=false]").waitFor();
  await assertLanguage(page, "zh-CN");
  await page.goBack();
  await written.waitFor();
  assert.equal(await card.count(), 0);
  await context.close();
}

browserTest(
  "a voice message is recorded, and pictures of people and groups are chosen",
  async (stage) => {
    const talk = await begin(stage);
    const { server: { origin } } = stage;
    const profile = await readAs(stage, talk);
    const { page, context } = profile;
    await page.getByTestId("record-voice").click();
    const problem = page.getByTestId("recorder-problem");
    await problem.getByText("The microphone is blocked for this page.").waitFor();
    await context.grantPermissions(["microphone"], { origin });
    await page.getByTestId("recorder-again").click();
    await page.getByTestId("recorder-live").getByText(/0:0[1-9] of 10:00/).waitFor();
    await page.getByTestId("recorder-stop").click();
    const recorder = page.getByTestId("recorder");
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-testid"));
    await until("sending it is next", async () => await focused() === "recorder-send");
    await recorder.getByTestId("sound-play").click();
    await recorder.locator("[data-testid=sound-play][data-state=paused]").waitFor();
    await page.getByTestId("recorder-send").click();
    await page.locator("[data-testid=bubble][data-state=sent]").waitFor();
    const { sql } = stage;
    const [sent] = await sql<{ attachments: Attachment[] }[]>`
    select attachments from messages where attachments is not null`;
    const [voice] = sent?.attachments ?? [];
    assert.match(voice?.type ?? "", /^(audio|video)\/webm$/);
    assert.ok(voice?.duration !== undefined && voice.duration > 0.5 && voice.duration < 60);
    const levels = atob(voice.waveform ?? "");
    assert.equal(levels.length, 64);
    assert.ok(levels.includes("\xff"), "the loudest part is as loud as can be");

    using lin = await connectClient(origin, talk.lin);
    const found = async () => (await lin.client.contacts.find(talk.mia.id)).avatar;
    await page.getByTestId("nav-settings").click();
    await choosePicture(page, { width: 900, height: 600, hue: 40 });
    await page.locator("[data-testid=account] [data-testid=avatar-picture]").waitFor();
    assert.notEqual(await found(), null);
    const side = await page.getByTestId("account").getByTestId("avatar-picture")
      .evaluate((image) =>
        image instanceof HTMLImageElement && [image.naturalWidth, image.naturalHeight]
      );
    assert.deepEqual(side, [512, 512], "it is cut to a square");
    await page.getByTestId("avatar-file").setInputFiles({
      ...{ name: "no.png", mimeType: "image/png", buffer: Buffer.from("no picture") },
    });
    await page.getByRole("alert").getByText("This is not a picture").waitFor();
    await page.getByTestId("avatar-remove").click();
    await until("the picture is gone", async () => await found() === null);

    const { id } = await lin.client.groups.create("Hiking", [talk.mia.id]);
    await lin.client.groups.changeRole(id, talk.mia.id, "admin");
    await openConversation(page, origin, id);
    await page.goto(`${origin}/#/c/${id}/details`);
    await page.getByTestId("edit-title").click();
    await choosePicture(page, { width: 300, height: 500, hue: 300 });
    await page.locator("[data-testid=conversation-row] [data-testid=avatar-picture]").waitFor();
    await page.getByTestId("system-line").getByText("You changed the picture.").waitFor();
  },
);

async function choosePicture(
  page: Page,
  size: { width: number; height: number; hue: number },
): Promise<void> {
  const { bytes, type } = await drawPicture(page, size);
  await page.getByTestId("avatar-file").setInputFiles({
    ...{ name: "me.png", mimeType: type, buffer: Buffer.from(bytes) },
  });
  await page.getByTestId("avatar-preview").waitFor();
  await page.getByTestId("avatar-save").click();
  await page.getByTestId("avatar-preview").waitFor({ state: "detached" });
}
