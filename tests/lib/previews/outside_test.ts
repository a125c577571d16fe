/** What a stranger's link may reach: against real servers on loopback, with names that only these tests know. */
import assert from "node:assert/strict";
import { findOpenssl, makeCertificate } from "../../support/certificate.ts";
import { getFromOutside, type Outside, publicWeb } from "../../../lib/previews/outside.ts";
import { withWorld } from "../../support/small_web.ts";

const HTML = { headers: { "content-type": "text/html" } };

const WANT = { accept: "text/html", most: 10_000 };

function get(outside: Outside, url: string, want = WANT) {
  return getFromOutside(outside, new URL(url), want);
}

Deno.test("getFromOutside asks under the name, at the address that was looked at", async () => {
  let resolved = 0;
  await withWorld(
    (request) => new Response(request.headers.get("host") ?? "", HTML),
    async ({ outside, origin }) => {
      // Whatever the name would stand for at a second look: there is none (DNS rebinding).
      const resolve = () => Promise.resolve([resolved++ === 0 ? "127.0.0.1" : "127.0.0.2"]);
      const found = await get({ ...outside, resolve }, `${origin("news.test")}/`);
      assert.equal(new TextDecoder().decode(found?.bytes), new URL(origin("news.test")).host);
      assert.equal(resolved, 1);
    },
  );
});

Deno.test("getFromOutside never goes where it may not, straight or by a redirect", async () => {
  await withWorld(
    (request, origin) => {
      const { pathname } = new URL(request.url);
      const location = decodeURIComponent(pathname.slice(1)).replace(
        "INSIDE",
        origin("inside.test"),
      );
      return pathname === "/" ? new Response("secret", HTML) : Response.redirect(location);
    },
    async ({ outside, origin, asked }) => {
      const there = new URL(origin("news.test")).port;
      const straight = [
        ...[origin("inside.test"), `http://127.0.0.2:${there}`, `http://[::1]:${there}`],
        // Spellings that are one address: URL writes all of them alike.
        ...[`http://2130706434:${there}`, `http://0x7f.2:${there}`, `http://0177.0.0.2:${there}`],
        ...["file:///etc/passwd", "ftp://news.test/", `http://me:pw@news.test:${there}/`],
      ];
      for (const url of straight) assert.equal(await get(outside, url), undefined, url);
      assert.equal(asked.length, 0, asked.join());
      for (const location of ["INSIDE/", `http://127.0.0.2:${there}/`, "file:///etc/passwd"]) {
        const url = `${origin("news.test")}/${encodeURIComponent(location)}`;
        assert.equal(await get(outside, url), undefined, location);
      }
      assert.equal(asked.length, 3, asked.join());
      assert.ok(asked.every((one) => one.startsWith("news.test/")), asked.join());
    },
  );
});

Deno.test("getFromOutside refuses a name that is public and private at once", async () => {
  await withWorld(() => new Response("x", HTML), async ({ outside, origin, asked }) => {
    const resolve = () => Promise.resolve(["127.0.0.1", "127.0.0.2"]);
    assert.equal(await get({ ...outside, resolve }, origin("news.test")), undefined);
    assert.equal(
      await get({ ...outside, resolve: () => Promise.resolve([]) }, origin("a.test")),
      undefined,
    );
    assert.equal(asked.length, 0, asked.join());
  });
});

Deno.test("getFromOutside follows a few redirects and says where it came to", async () => {
  await withWorld(
    (request, origin) => {
      const { pathname } = new URL(request.url);
      const left = Number(pathname.slice(1));
      return left === 0
        ? new Response("here", HTML)
        : Response.redirect(`${origin("other.test")}/${left - 1}`);
    },
    async ({ outside, origin }) => {
      assert.equal(
        (await get(outside, `${origin("news.test")}/3`))?.url.href,
        `${origin("other.test")}/0`,
      );
      assert.equal(await get(outside, `${origin("news.test")}/4`), undefined);
    },
  );
});

Deno.test("getFromOutside takes only so many bytes, and nothing that is packed", async () => {
  let sent = 0;
  await withWorld(
    (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/packed") {
        const packed = new Blob([new Uint8Array(1_000_000)]).stream()
          .pipeThrough(new CompressionStream("gzip"));
        return new Response(packed, { headers: { "content-encoding": "gzip" } });
      }
      const endless = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          sent += 4_000;
          controller.enqueue(new Uint8Array(4_000).fill(97));
        },
      });
      return new Response(endless, HTML);
    },
    async ({ outside, origin }) => {
      const found = await get(outside, `${origin("news.test")}/endless`);
      assert.deepEqual([found?.bytes.length, found?.cut], [WANT.most, true]);
      assert.equal(await get(outside, `${origin("news.test")}/packed`), undefined);
    },
  );
  assert.ok(sent < 50_000_000, `${sent} bytes were made for ${WANT.most}`);
});

Deno.test("getFromOutside gives up in time, whoever is slow", async () => {
  const { promise: never, resolve: end } = Promise.withResolvers<void>();
  await withWorld(
    async (request) => {
      const slow = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new Uint8Array(10)),
      });
      if (new URL(request.url).pathname === "/body") return new Response(slow, HTML);
      await never;
      return new Response("late", HTML);
    },
    async ({ outside, origin }) => {
      assert.equal(await get(outside, `${origin("news.test")}/header`), undefined);
      assert.equal(await get(outside, `${origin("news.test")}/body`), undefined);
      const resolve = () => never.then(() => []);
      assert.equal(await get({ ...outside, resolve }, origin("news.test")), undefined);
      end();
    },
    { within: 150 },
  );
});

Deno.test("getFromOutside goes to another address of the name where one takes no connection", async () => {
  await withWorld(() => new Response("here", HTML), async ({ outside, origin }) => {
    const resolve = () => Promise.resolve(["127.0.0.3", "127.0.0.1"]);
    const found = await get({ ...outside, resolve, mayReach: () => true }, origin("news.test"));
    assert.equal(new TextDecoder().decode(found?.bytes), "here");
  });
});

Deno.test("getFromOutside ends what announces an answer again and again", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let sent = 0;
  const serving = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(10_000));
    const hints = new TextEncoder().encode(
      "HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n".repeat(100),
    );
    try {
      while (true) sent += await connection.write(hints);
    } catch {
      // It was ended from the other side.
    }
  })();
  const outside: Outside = {
    resolve: () => Promise.resolve(["127.0.0.1"]),
    mayReach: () => true,
    within: 20_000,
  };
  const began = performance.now();
  assert.equal(await get(outside, `http://hints.test:${listener.addr.port}/`), undefined);
  await serving;
  assert.ok(performance.now() - began < 15_000, "it went on until the time was over");
});

Deno.test("getFromOutside has nothing of what is away, refuses, or breaks off", async () => {
  await withWorld(
    (request) => {
      if (new URL(request.url).pathname === "/error") return new Response("x", { status: 500 });
      throw new Error("broken");
    },
    async ({ outside, origin }) => {
      for (const path of ["/error", "/broken"]) {
        assert.equal(await get(outside, origin("news.test") + path), undefined, path);
      }
      assert.equal(await get(outside, "http://news.test:1/"), undefined);
      const resolve = () => Promise.reject(new Error("no such name"));
      assert.equal(await get({ ...outside, resolve }, origin("news.test")), undefined);
    },
  );
});

Deno.test("publicWeb reaches public addresses by the web's ports alone", () => {
  const { mayReach } = publicWeb;
  assert.deepEqual([mayReach("8.8.8.8", 443), mayReach("8.8.8.8", 80)], [true, true]);
  assert.deepEqual([mayReach("8.8.8.8", 22), mayReach("127.0.0.1", 80)], [false, false]);
});

Deno.test("publicWeb finds what a name stands for on this machine", async () => {
  const addresses = await publicWeb.resolve("localhost");
  assert.ok(addresses.length > 0 && addresses.every((one) => !publicWeb.mayReach(one, 80)));
});

Deno.test({
  name: "getFromOutside asks for the certificate of the name, wherever it was found",
  ignore: !await findOpenssl(),
  fn: async () => {
    const { key, cert } = await makeCertificate();
    const { promise: listening, resolve } = Promise.withResolvers<number>();
    await using _server = Deno.serve({
      ...{ hostname: "127.0.0.1", port: 0, key, cert },
      onListen: ({ port }) => resolve(port),
    }, () => new Response("over TLS", HTML));
    const port = await listening;
    const outside: Outside = {
      resolve: () => Promise.resolve(["127.0.0.1"]),
      mayReach: () => true,
      within: 2_000,
      ca: cert,
    };
    const found = await get(outside, `https://localhost:${port}/`);
    assert.equal(new TextDecoder().decode(found?.bytes), "over TLS");
    assert.equal(await get(outside, `https://other.test:${port}/`), undefined);
    assert.equal(await get({ ...outside, ca: undefined }, `https://localhost:${port}/`), undefined);
  },
});
