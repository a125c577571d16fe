import assert from "node:assert/strict";
import { Hono } from "hono";
import { pathToFileURL } from "node:url";
import type { Env } from "../../routes/context.ts";
import { page } from "../../routes/page.ts";

async function withPage(test: (app: Hono<Env>) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "parley-page-" });
  try {
    await Deno.mkdir(`${folder}/assets`);
    await Deno.writeTextFile(`${folder}/index.html`, "<p>the page");
    await Deno.writeTextFile(`${folder}/assets/a-1.js`, "run()");
    await test(new Hono<Env>().route("/", page(pathToFileURL(`${folder}/`))));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("page serves the page, and keeps for ever what is named after its content", async () => {
  await withPage(async (app) => {
    const html = await app.request("/");
    assert.equal(html.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(html.headers.get("cache-control"), "no-cache");
    assert.equal(await html.text(), "<p>the page");
    const script = await app.request("/assets/a-1.js");
    assert.match(script.headers.get("cache-control") ?? "", /immutable/);
    assert.equal(await script.text(), "run()");
  });
});

Deno.test("page takes a name that cannot exist for a file that is not there", async () => {
  await withPage(async (app) => {
    for (const path of ["/none", "/%00", "/index.html/x", `/${"x".repeat(5_000)}`, "/assets"]) {
      assert.equal((await app.request(path)).status, 404, path.slice(0, 20));
    }
  });
});

Deno.test("page leaves no file open for a HEAD, and for an answer that nobody reads", async () => {
  await withPage(async (app) => {
    const open = () => [...Deno.readDirSync("/proc/self/fd")].length;
    const before = open();
    for (let n = 0; n < 50; n++) {
      assert.equal((await app.request("/", { method: n % 2 === 0 ? "HEAD" : "GET" })).status, 200);
    }
    assert.ok(open() - before < 10, `${open() - before} files are still open`);
  });
});
