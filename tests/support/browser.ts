/** A real Chromium in front of a real server, each test with its own of both. */
import assert from "node:assert/strict";
import {
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import type { Config } from "../../lib/config.ts";
import { openDiskStore } from "../../lib/files/disk_store.ts";
import type { ObjectStore } from "../../lib/files/object_store.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { openDatabase, type Sql } from "../../lib/sql/open.ts";
import { databaseKinds } from "./databases.ts";
import { PATIENCE } from "./deadline.ts";
import { filesBeside } from "./files_beside.ts";
import { quietLog, startTestServer, type TestServer } from "./test_server.ts";

const CHROMIUM = findChromium();
const CHROMIUM_ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // What would be heard is a tone of the browser's own, and nobody's room.
  "--use-fake-device-for-media-stream",
];

export interface Stage {
  readonly server: TestServer;
  readonly sql: Sql;
  /** Where the server has the bytes of files. */
  readonly store: ObjectStore;
  /** A browser profile: cookies, storage and language of its own. */
  profile(options?: ProfileOptions): Promise<Profile>;
}

export type ProfileOptions = BrowserContextOptions & {
  /** Instead of the server's own, such as a proxy's. */
  origin?: string;
};

export interface Profile {
  readonly origin: string;
  readonly context: BrowserContext;
  /** The first tab, on the page already. */
  readonly page: Page;
  /** Another tab. */
  tab(path?: string): Promise<Page>;
  /** From now on, console errors like `pattern` are what the test wants. */
  expect(pattern: RegExp): void;
  /** Everything a person would call broken: console errors, exceptions, refused resources. */
  readonly problems: readonly string[];
}

/** The console's words about requests that did not get through, or were answered with an error. */
export const NETWORK_ERRORS = /net::ERR_|WebSocket connection to/;

/** Registers a test that is ignored where there is no Chromium. All problems of pages fail it. */
export function browserTest(
  name: string,
  test: (stage: Stage) => Promise<void>,
  change: Partial<Config> = {},
): void {
  Deno.test({ name, ignore: CHROMIUM === undefined, fn: () => withStage(test, change) });
}

/** The same with an empty page, and nothing behind it. */
export function blankPageTest(name: string, test: (page: Page) => Promise<void>): void {
  const fn = async () => {
    if (CHROMIUM === undefined) return;
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGUMENTS });
    try {
      await test(await browser.newPage());
    } finally {
      await browser.close();
    }
  };
  Deno.test({ name, ignore: CHROMIUM === undefined, fn });
}

/** For scripts, too: starts everything, runs `play`, and closes everything. */
export async function withStage(
  play: (stage: Stage) => Promise<void>,
  change: Partial<Config> = {},
): Promise<void> {
  if (CHROMIUM === undefined) throw new Error("there is no chromium on this machine");
  await using cleanup = new AsyncDisposableStack();
  const launching = chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGUMENTS });
  cleanup.defer(async () => await (await launching).close());
  await using place = await databaseKinds[0]?.create();
  if (place === undefined) throw new Error("there is no kind of database");
  await using database = await openDatabase(place.config);
  await migrate(database.sql);
  await using server = await startTestServer(database.share, change);
  await using store = await openDiskStore(filesBeside(database.share), quietLog);
  const browser = await launching;

  const profiles: Profile[] = [];
  await play({
    server,
    sql: database.sql,
    store,
    profile: async ({ origin = server.origin, ...options } = {}) => {
      const context = await browser.newContext({
        locale: "en-GB",
        viewport: { width: 1280, height: 800 },
        ...options,
      });
      const profile = await openProfile(context, origin);
      profiles.push(profile);
      return profile;
    },
  });
  assert.deepEqual(profiles.flatMap((profile) => profile.problems), [], "the pages had no problem");
}

async function openProfile(context: BrowserContext, origin: string): Promise<Profile> {
  context.setDefaultTimeout(PATIENCE);
  const problems: string[] = [];
  // Asking for the session that a new visitor does not have is not an error.
  const expected: RegExp[] = [/status of 401 .*\/api\/v1\/sessions\/refresh$/];
  const problem = (text: string) => {
    if (!expected.some((pattern) => pattern.test(text))) problems.push(text);
  };
  context.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    problem(`${message.type()}: ${message.text()} ${message.location().url}`);
  });
  context.on("weberror", (error) => problem(`exception: ${error.error().stack}`));
  await context.addInitScript(`addEventListener("securitypolicyviolation", (event) =>
    console.error("content policy: " + event.violatedDirective + " " + event.blockedURI));`);

  const tab = async (path = "/") => {
    const page = await context.newPage();
    await page.goto(origin + path);
    return page;
  };
  return {
    origin,
    context,
    page: await tab(),
    tab,
    expect: (pattern) => void expected.push(pattern),
    problems,
  };
}

function findChromium(): string | undefined {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      if (Deno.statSync(`${folder}/chromium`).isFile) return `${folder}/chromium`;
    } catch {
      // Not there.
    }
  }
  return undefined;
}
