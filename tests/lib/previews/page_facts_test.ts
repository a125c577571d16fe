import assert from "node:assert/strict";
import { readPageFacts } from "../../../lib/previews/page_facts.ts";

const PAGE = new URL("https://example.org/news/today");

function read(html: string, type = "text/html; charset=utf-8") {
  return readPageFacts(new TextEncoder().encode(html), type, PAGE);
}

Deno.test("readPageFacts prefers what the page says to those who link to it", () => {
  const facts = read(`<!doctype html><html><head><title>Plain</title>
    <meta name="description" content="plain words">
    <meta property="og:title" content="Choir &amp; friends">
    <meta property="og:description" content=" two
      lines ">
    <meta property="og:site_name" content="Example">
    <meta property="og:image" content="/pictures/choir.jpg"></head><body>`);
  assert.deepEqual(facts, {
    title: "Choir & friends",
    description: "two lines",
    site: "Example",
    image: new URL("https://example.org/pictures/choir.jpg"),
  });
});

Deno.test("readPageFacts makes do with a title, and with nothing shows nothing", () => {
  assert.deepEqual(read("<title>Only\nthis</title><p>text"), {
    title: "Only this",
    description: "",
    site: "",
    image: undefined,
  });
  for (const html of ["", "<p>text", "<title> </title>", "<meta property=og:title content='  '>"]) {
    assert.equal(read(html), undefined, html);
  }
});

Deno.test("readPageFacts reads the head and not what people wrote on the page", () => {
  assert.equal(read("<head></head><body><title>x</title></body>"), undefined);
  assert.equal(
    read("<title>a</title><body><meta property=og:title content=b></body>")?.title,
    "a",
  );
});

Deno.test("readPageFacts reads pages in the encodings that they name", () => {
  // 新闻 in GB 18030.
  const words = Uint8Array.of(0xd0, 0xc2, 0xce, 0xc5);
  const inGb = (html: string) => {
    const [before = "", after = ""] = html.split("?");
    const bytes = (text: string) => new TextEncoder().encode(text);
    return Uint8Array.from([...bytes(before), ...words, ...bytes(after)]);
  };
  const title = (bytes: Uint8Array<ArrayBuffer>, type: string) =>
    readPageFacts(bytes, type, PAGE)?.title;
  assert.equal(title(inGb("<title>?</title>"), "text/html; charset=gbk"), "新闻");
  assert.equal(title(inGb('<meta charset="gb2312"><title>?</title>'), "text/html"), "新闻");
  assert.equal(title(new TextEncoder().encode("<title>新闻</title>"), "text/html"), "新闻");
  assert.equal(read("<title>x</title>", "text/html; charset=klingon")?.title, "x");
});

Deno.test("readPageFacts bounds what is shown, and lets nothing turn the words around it", () => {
  const facts = read(`<title>${"很".repeat(1_000)}\u202Egpj.exe</title>`);
  assert.equal([...facts?.title ?? ""].length, 200);
  assert.equal(read("<title>a\u202Eb\u0007c</title>")?.title, "a b c");
});

Deno.test("readPageFacts takes pictures from the web alone", () => {
  const image = (content: string) =>
    read(`<title>x</title><meta property="og:image" content="${content}">`)?.image?.href;
  assert.equal(image("//cdn.example.org/a.png"), "https://cdn.example.org/a.png");
  for (
    const bad of [
      "javascript:alert(1)",
      "data:image/png;base64,AAAA",
      "file:///etc/passwd",
      "http://",
    ]
  ) {
    assert.equal(image(bad), undefined, bad);
  }
});

Deno.test("readPageFacts does not follow elements into one another without end", () => {
  for (const tag of ["b", "div", "template", "noscript", "html", "x-y"]) {
    const began = performance.now();
    const html = `<title>a</title>${`<${tag}>`.repeat(500_000 / (tag.length + 2))}`;
    assert.equal(read(html)?.title, "a");
    const took = performance.now() - began;
    assert.ok(took < 1_000, `${took} ms for <${tag}>`);
  }
});
