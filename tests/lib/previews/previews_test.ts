/** Previews over a real database and a folder, of a web of a few pages on loopback. */
import assert from "node:assert/strict";
import { openDiskStore } from "../../../lib/files/disk_store.ts";
import { createPreviews } from "../../../lib/previews/previews.ts";
import {
  type PreviewImage,
  readPreviewImage,
  sweepLinkPreviews,
} from "../../../lib/sql/link_previews.ts";
import type { Sql } from "../../../lib/sql/open.ts";
import { createSweep } from "../../../routes/sweep_files.ts";
import type { Id, LinkPreview } from "../../../lib/protocol/model.ts";
import { newId } from "../../../lib/ids.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { createFakeLog } from "../../support/fake_services.ts";
import { endlessFilm } from "../../support/boxes.ts";
import { gif, png } from "../../support/pictures.ts";
import { withWorld, type World } from "../../support/small_web.ts";

type Page = { title?: string; image?: string };

function html({ title, image }: Page): Response {
  const head = `${title === undefined ? "" : `<title>${title}</title>`}
    ${image === undefined ? "" : `<meta property="og:image" content="${image}">`}`;
  return new Response(head, { headers: { "content-type": "text/html; charset=utf-8" } });
}

/** @param answers by path */
function test(
  name: string,
  answers: Record<string, () => Response | Promise<Response>>,
  run: (
    parts:
      & {
        previews: { of(url: string, account?: Id): Promise<LinkPreview | null> };
        sql: Sql;
        url: (path: string) => string;
        asked: World["asked"];
      }
      & {
        bytesOf(image: PreviewImage | undefined): Promise<number>;
        sweep(): Promise<void>;
      },
  ) => Promise<void>,
): void {
  testWithDatabase(`createPreviews ${name}`, async ({ sql }) => {
    const directory = await Deno.makeTempDir({ prefix: "parley-previews-" });
    try {
      await using files = await openDiskStore(directory, createFakeLog());
      const answer = (request: Request) =>
        answers[new URL(request.url).pathname]?.() ?? new Response(null, { status: 404 });
      await withWorld(answer, async ({ outside, origin, asked }) => {
        const previews = createPreviews({ sql, files, outside });
        const reader = newId();
        await run({
          sql,
          asked,
          previews: { of: (address, account = reader) => previews.of(address, account) },
          url: (path) => origin("news.test") + path,
          bytesOf: async (image) => {
            if (image === undefined) return 0;
            let size = 0;
            for await (const part of files.read(image.object, 0, image.size)) size += part.length;
            return size;
          },
          sweep: () => createSweep({ sql, files, log: createFakeLog() }).look(),
        });
      });
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

test("asks a page once for all who see its link", {
  "/news": () => html({ title: "News &lt;b&gt;" }),
}, async ({ previews, url, asked }) => {
  const [one, other] = await Promise.all([
    previews.of(url("/news#a")),
    previews.of(url("/news#b")),
  ]);
  assert.deepEqual(one, other);
  assert.deepEqual(one, {
    ...{ id: one?.id, url: url("/news"), title: "News <b>", description: "", site: "news.test" },
  });
  assert.deepEqual(await previews.of(url("/news")), one);
  assert.deepEqual(asked, ["news.test/news"]);
});

test("keeps a page's picture, and lets go of it with the page", {
  "/news": () => html({ title: "News", image: "/a.png" }),
  "/a.png": () => new Response(png(40, 20)),
}, async ({ previews, sql, url, bytesOf, sweep }) => {
  const found = await previews.of(url("/news"));
  assert.deepEqual(found?.image, { width: 40, height: 20 });
  const image = await readPreviewImage(sql, found?.id ?? "");
  assert.deepEqual([image?.type, image?.size], ["image/png", png(40, 20).length]);
  await sweep();
  assert.equal(await bytesOf(image), png(40, 20).length);
  // A week later the page is asked again; what it showed before is nobody's.
  await sql`update link_previews set fetched_at = fetched_at - interval '8 days'`;
  const again = await previews.of(url("/news"));
  assert.equal(again?.id, found?.id);
  const now = await readPreviewImage(sql, found?.id ?? "");
  assert.notEqual(now?.object, image?.object);
  await sql`update link_previews set fetched_at = fetched_at - interval '8 days'`;
  await sweepLinkPreviews(sql);
  await sweep();
  assert.equal((await sql`select from objects`).length, 0);
  await assert.rejects(bytesOf(now), { code: "unavailable" });
});

test("shows a page without a picture that is none", {
  "/html": () => html({ title: "a", image: "/html" }),
  "/large": () => html({ title: "b", image: "/large.gif" }),
  "/large.gif": () => new Response(gif(60_000, 60_000)),
  "/long": () => html({ title: "c", image: "/long.png" }),
  "/long.png": () => new Response(new Uint8Array(2_000_000).fill(7)),
  "/inside": () => html({ title: "d", image: "http://127.0.0.2/a.png" }),
  "/gone": () => html({ title: "e", image: "/nowhere.png" }),
  "/film": () => html({ title: "f", image: "/film.mp4" }),
  "/film.mp4": () => new Response(endlessFilm()),
}, async ({ previews, sql, url }) => {
  const shown = {
    "/html": "a",
    "/large": "b",
    "/long": "c",
    "/inside": "d",
    "/gone": "e",
    "/film": "f",
  };
  for (const [path, title] of Object.entries(shown)) {
    const found = await previews.of(url(path));
    assert.deepEqual([found?.title, found?.image], [title, undefined], path);
  }
  assert.equal((await sql`select from objects`).length, 0);
});

test("remembers for a while that there is nothing to show", {
  "/empty": () => html({}),
  "/data": () => new Response("{}", { headers: { "content-type": "application/json" } }),
}, async ({ previews, sql, url, asked }) => {
  for (const path of ["/empty", "/data", "/gone", "/empty", "/data", "/gone"]) {
    assert.equal(await previews.of(url(path)), null, path);
  }
  assert.equal(asked.length, 3, asked.join());
  await sql`update link_previews set fetched_at = fetched_at - interval '31 minutes'`;
  assert.equal(await previews.of(url("/empty")), null);
  assert.equal(asked.length, 4, asked.join());
});

let answering = Promise.withResolvers<Response>();
test("lets nobody keep others' links from being asked with pages that never answer", {
  "/silent": () => answering.promise.then((response) => response.clone()),
  "/news": () => html({ title: "News" }),
}, async ({ previews, url }) => {
  answering = Promise.withResolvers();
  const asked = Array.from({ length: 40 }, (_, n) => previews.of(url(`/silent?${n}`)));
  const settled = Promise.allSettled(asked);
  assert.equal((await previews.of(url("/news"), newId()))?.title, "News");
  const refused = Promise.any(asked.map(async (one) => {
    const error = await one.then(() => undefined, (error) => error);
    assert.equal(error?.code, "rate-limited");
  }));
  await refused;
  answering.resolve(html({ title: "late" }));
  assert.ok((await settled).filter(({ status }) => status === "rejected").length <= 8);
});

test("keeps so much of them and no more, the latest ones", {
  "/page": () => html({ title: "Page", image: "/a.png" }),
  "/a.png": () => new Response(png(40, 20)),
  "/empty": () => html({}),
}, async ({ previews, sql, url, sweep }) => {
  for (const page of ["/page?1", "/page?2", "/empty", "/page?3"]) await previews.of(url(page));
  const each = 16 * 1024 + png(40, 20).length;
  const left = async () =>
    (await sql<{ url: string }[]>`select url from link_previews order by fetched_at`)
      .map((row) => row.url.replace(url("/"), ""));
  await sweepLinkPreviews(sql, 3 * each + 16 * 1024);
  assert.deepEqual(await left(), ["page?1", "page?2", "empty", "page?3"]);
  await sweepLinkPreviews(sql, 3 * each);
  assert.deepEqual(await left(), ["page?2", "empty", "page?3"]);
  await sweepLinkPreviews(sql, each);
  assert.deepEqual(await left(), ["page?3"]);
  await sweep();
  assert.equal((await sql`select from objects`).length, 1);
});
