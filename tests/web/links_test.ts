import assert from "node:assert/strict";
import { firstLink, linkParts } from "../../web/texts/links.ts";

const links: Record<string, readonly string[]> = {
  "See https://example.org/a?b=c#d, then call": ["https://example.org/a?b=c#d"],
  "(http://example.org/x_(y))": ["http://example.org/x_(y)"],
  "看这里：https://例子.测试/路径。好吗": ["https://例子.测试/路径"],
  "去http://x.cn看看": ["http://x.cn"],
  "看https://example.com/a吧，好，或http://b.example看": [
    "https://example.com/a",
    "http://b.example",
  ],
  "https://www.例子.测试/路径": ["https://www.例子.测试/路径"],
  "https://a.example and https://b.example!": ["https://a.example", "https://b.example"],
  "javascript:alert(1) data:text/html,x file:///etc/passwd": [],
  "https:// http://  xhttps://a.example": [],
  "“https://a.example/q”": ["https://a.example/q"],
  "HTTPS://EXAMPLE.ORG": ["HTTPS://EXAMPLE.ORG"],
  "nothing": [],
};

Deno.test("linkParts sets addresses of the web apart, and nothing else", () => {
  for (const [text, wanted] of Object.entries(links)) {
    const parts = linkParts(text);
    assert.equal(parts.map((part) => part.text).join(""), text);
    assert.deepEqual(parts.filter(({ href }) => href).map((part) => part.text), wanted, text);
    for (const { href = "https://" } of parts) assert.match(href, /^https?:\/\//);
  }
});

Deno.test("firstLink says where a link leads, and not how it is written", () => {
  assert.equal(firstLink("to HTTP://Example.ORG/A now"), "http://example.org/A");
  assert.equal(firstLink("to nowhere"), undefined);
});

Deno.test("linkParts takes long texts in its stride", () => {
  const text = "http://" + "a.".repeat(4_000) + ")".repeat(1_000);
  assert.equal(linkParts(text).map((part) => part.text).join(""), text);
});
