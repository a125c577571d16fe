import assert from "node:assert/strict";
import type { BrowserContext, Page, Route } from "playwright-core";
import type { Id } from "../../lib/protocol/model.ts";
import { befriendAccounts, createAccount, enterAs } from "../support/browser_accounts.ts";
import { assertFitsWidth, assertLanguage } from "../support/browser_checks.ts";
import {
  chooseFilm,
  choosePicture,
  chooseZeros,
  dropPicture,
  pastePicture,
  sendsBytes,
} from "../support/browser_files.ts";
import { browserTest, NETWORK_ERRORS, type Profile, type Stage } from "../support/browser.ts";
import { openConversation, untilGone } from "../support/browser_steps.ts";
import { until } from "../support/people.ts";

const MIB = 1024 * 1024;
/** One request of tus carries 8 MiB at most: this takes two. */
const LARGE = { name: "holiday.png", width: 2_000, height: 1_700, seed: 7 };
const SMALL = { name: "image.png", width: 80, height: 60, seed: 8 };

browserTest(
  "a dropped picture is paused, outlives a reload, goes on in another tab and arrives",
  async (stage) => {
    const { mia, lin } = await openBoth(stage);
    const { page } = mia;
    const held = await holdBytes(mia.context, (offset) => offset > 0);
    await dropPicture(page, LARGE, async () => {
      await page.getByTestId("drop-zone").waitFor();
    });
    await untilGone(page.getByTestId("drop-zone"));
    const row = page.getByTestId("upload");
    await row.locator("img").waitFor();
    await until("a part of it is there", () => held.routes.length === 1);
    assert.deepEqual(held.offsets, [0, 8 * MIB]);
    for (const width of [360, 768, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await assertFitsWidth(page, `a file on its way at ${width} px`);
    }
    assert.equal(
      await row.getByRole("progressbar").getAttribute("aria-label"),
      "Upload of holiday.png",
    );
    await page.getByTestId("pause-upload").click();
    await page.locator("[data-testid=upload][data-state=paused]").waitFor();

    // Sent before it is there: it waits in the thread, and nothing is left in the composer.
    await page.getByTestId("composer").fill("from the lake");
    await page.getByTestId("composer").press("Enter");
    const waiting = page.getByTestId("waiting-message");
    await waiting.filter({ hasText: "from the lake" }).waitFor();
    assert.equal(await page.getByTestId("upload-tray").count(), 0);
    assert.equal(await page.getByTestId("composer").inputValue(), "");

    mia.expect(NETWORK_ERRORS);
    await page.reload();
    await waiting.locator("[data-testid=upload][data-state=paused] img").waitFor();
    await held.letGo();
    held.offsets.length = 0;

    // Another tab of this browser goes on with it once this one is closed.
    const tab = await mia.tab(`/${new URL(page.url()).hash}`);
    await tab.getByTestId("composer").waitFor();
    await page.close();
    await tab.getByTestId("waiting-message").waitFor();
    await tab.getByTestId("resume-upload").click();
    await untilGone(tab.getByTestId("waiting-message"));
    await tab.locator("[data-testid=bubble]", { hasText: "from the lake" }).waitFor();
    assert.deepEqual(held.offsets, [8 * MIB], "what was there was not sent again");

    await untilPictureSeen(lin.page, "from the lake");
    const { count } = await readOne<{ count: number }>(
      stage.sql`select count(*)::int from messages where text = 'from the lake'`,
    );
    assert.equal(count, 1, "it was sent once");
  },
);

browserTest(
  "a pasted picture goes out by itself, is sent on without a byte, taken back, or refused",
  async (stage) => {
    const { mia, lin } = await openBoth(stage, "zh-CN");
    const held = await holdBytes(mia.context, () => true);
    await pastePicture(mia.page, SMALL);
    await until("it is being sent", () => held.routes.length === 1);
    await mia.page.getByTestId("composer").fill("pasted");
    await mia.page.getByTestId("composer").press("Enter");
    await mia.page.getByTestId("waiting-message").waitFor();
    await held.letGo();
    await untilPictureSeen(lin.page, "pasted");

    const sent: string[] = [];
    lin.page.on("request", (request) => {
      if (sendsBytes(request)) sent.push(`${request.method()} ${request.url()}`);
    });
    await choosePicture(lin.page, { ...SMALL, name: "转发.png" });
    await lin.page.locator("[data-testid=upload][data-state=ready]").waitFor();
    await assertLanguage(lin.page, "zh-CN");
    await lin.page.getByTestId("send").click();
    await mia.page.locator("[data-testid=bubble][data-state=received] [data-testid=picture]")
      .waitFor();
    assert.deepEqual(sent, [], "the server had it");
    const { contents, files } = await readOne<{ contents: number; files: number }>(
      stage.sql`
      select (select count(*) from contents)::int as contents, (select count(*) from files)::int as files`,
    );
    assert.deepEqual({ contents, files }, { contents: 1, files: 2 });

    // What only its owner may read is linked for who shows that they have it.
    await pastePicture(mia.page, { ...SMALL, seed: 10 });
    await mia.page.locator("[data-testid=upload][data-state=ready]").waitFor();
    const challenged = lin.page.waitForResponse((response) =>
      response.url().endsWith("/files/instant") && response.status() === 200
    );
    await choosePicture(lin.page, { ...SMALL, seed: 10 });
    await lin.page.locator("[data-testid=upload][data-state=ready]").waitFor();
    await challenged;
    assert.deepEqual(sent, [], "and no byte more than the hash of some");
    for (const { page } of [mia, lin]) {
      await page.getByTestId("remove-upload").click();
      await untilGone(page.getByTestId("upload-tray"));
    }

    // Taken back while it is on its way: the message is being written again, then without its file.
    const again = await holdBytes(mia.context, () => true);
    await pastePicture(mia.page, { ...SMALL, seed: 9 });
    await mia.page.getByTestId("composer").fill("rather not");
    await mia.page.getByTestId("composer").press("Enter");
    await until("it is being sent", () => again.routes.length === 1);
    // What is edited meanwhile stays as it was.
    await mia.page.getByTestId("composer").press("ArrowUp");
    await mia.page.getByTestId("composer-edit").waitFor();
    await mia.page.getByTestId("take-back").click();
    await untilGone(mia.page.getByTestId("composer-edit"));
    await mia.page.getByTestId("upload-tray").waitFor();
    assert.equal(await mia.page.getByTestId("composer").inputValue(), "rather not");
    const removed = mia.page.waitForRequest((request) => request.method() === "DELETE");
    mia.expect(NETWORK_ERRORS);
    await mia.page.getByTestId("remove-upload").click();
    assert.equal((await (await removed).response())?.status(), 204);
    await untilGone(mia.page.getByTestId("upload-tray"));
    await until("nothing is left of it", async () => {
      const { left } = await readOne<{ left: number }>(
        stage.sql`select count(*)::int as left from uploads`,
      );
      return left === 0;
    });
    await again.letGo();

    // Of a film there is a frame to be looked at, and how long it lasts.
    await chooseFilm(mia.page);
    await mia.page.locator("[data-testid=upload][data-state=ready] img").waitFor();
    await mia.page.getByTestId("composer").press("Enter");
    await lin.page.locator("[data-testid=bubble] [data-testid=video]").waitFor();
    const film = await readOne<{ name: string; lasts: boolean; seen: boolean }>(
      stage.sql`
        select name, coalesce(c.duration, f.duration) > 1 as lasts, placeholder is not null as seen
        from files f join contents c on c.id = f.content_id where c.type like 'video/%'`,
    );
    assert.deepEqual(film, { name: "film.webm", lasts: true, seen: true });

    await mia.page.getByTestId("composer").fill("look at this");
    for (const { page, expect } of [mia, lin]) {
      expect(/status of 413/);
      await chooseZeros(page, 17 * MIB);
      await page.locator("[data-testid=upload][data-state=failed]").waitFor();
      await page.getByTestId("composer").press("Enter");
    }
    await lin.page.getByText("文件过大。").waitFor();
    await assertLanguage(lin.page, "zh-CN");
    await mia.page.getByText("This file is too large.").waitFor();
    await mia.page.getByText("Not every file can be sent.").waitFor();
    assert.equal(await mia.page.getByTestId("composer").inputValue(), "look at this");
    await mia.page.getByTestId("remove-upload").click();
    await mia.page.getByTestId("composer").press("Enter");
    await lin.page.locator("[data-testid=bubble]", { hasText: "look at this" }).waitFor();
  },
  { largestFile: 16 * MIB },
);

async function openBoth(stage: Stage, locale = "en-GB"): Promise<Record<"mia" | "lin", Profile>> {
  const { origin } = stage.server;
  const mia = await createAccount(origin, "mia", "Mia Keller");
  const lin = await createAccount(origin, "lin", "林悦");
  const room = await befriendAccounts(origin, mia, lin);
  const open = async (account: typeof mia, locale: string, room: Id) => {
    const profile = await stage.profile({ locale });
    // The console tells of every 404: one says that bytes have to be sent.
    profile.expect(/status of 404 .*\/files\/instant$/);
    await enterAs(profile, account);
    await profile.page.reload();
    await openConversation(profile.page, origin, room);
    return profile;
  };
  return { mia: await open(mia, "en-GB", room), lin: await open(lin, locale, room) };
}

/** Holds requests that carry bytes, where `holds` says so of the place that they begin at. */
async function holdBytes(context: BrowserContext, holds: (offset: number) => boolean): Promise<{
  routes: Route[];
  offsets: number[];
  /** Lets go of those that are held, and holds no more. */
  letGo(): Promise<void>;
}> {
  const routes: Route[] = [];
  const offsets: number[] = [];
  let open = false;
  await context.route("**/api/v1/files/*", async (route) => {
    if (route.request().method() !== "PATCH") return await route.fallback();
    const offset = Number(route.request().headers()["upload-offset"]);
    offsets.push(offset);
    if (open || !holds(offset)) return await route.continue();
    routes.push(route);
  });
  return {
    routes,
    offsets,
    letGo: async () => {
      open = true;
      // Those whose page has gone cannot go on.
      for (const route of routes) await route.continue().catch(() => {});
    },
  };
}

async function untilPictureSeen(page: Page, text: string): Promise<void> {
  const picture = page.locator("[data-testid=bubble]", { hasText: text })
    .locator("[data-testid=picture][data-state=ready] img:not([data-testid=placeholder])");
  await picture.waitFor();
  await until(
    "the picture is seen",
    () => picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0),
  );
}

async function readOne<T>(rows: PromiseLike<readonly unknown[]>): Promise<T> {
  const [row] = await rows;
  if (row === undefined) throw new Error("there is no row");
  return row as T;
}
