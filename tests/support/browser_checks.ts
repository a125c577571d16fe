/** What must hold on every screen of the page. */
/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { en } from "../../web/texts/en.ts";
import { zhCn } from "../../web/texts/zh_cn.ts";

/** Nothing reaches beyond the sides of the window or has to be scrolled sideways. */
export async function assertFitsWidth(page: Page, what: string): Promise<void> {
  const beyond = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const describe = (element: Element) =>
      `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""}`;
    const found: string[] = [];
    for (const element of document.querySelectorAll("*")) {
      const { left, right, width: own } = element.getBoundingClientRect();
      if (own > 0 && (left < -0.5 || right > width + 0.5) && !element.closest(".hidden-text")) {
        found.push(`${describe(element)} from ${left} to ${right} of ${width}`);
      }
      const { overflowX } = getComputedStyle(element);
      const scrolls = overflowX === "auto" || overflowX === "scroll";
      if (scrolls && element.scrollWidth > element.clientWidth) {
        found.push(`${describe(element)} scrolls sideways`);
      }
    }
    if (document.documentElement.scrollWidth > width) found.push("the page scrolls sideways");
    return found;
  });
  assert.deepEqual(beyond, [], `${what} fits into its width`);
}

type Catalogue = Record<string, string>;
const CATALOGUES: Record<"en" | "zh-CN", Catalogue> = { en, "zh-CN": zhCn };

/** Everything that is said in words is in `language`, and nothing is a key of the catalogue. */
export async function assertLanguage(page: Page, language: "en" | "zh-CN"): Promise<void> {
  // Another language's texts are fetched when somebody chooses it.
  await page.locator(`html[lang="${language}"]`).waitFor({ state: "attached" });
  const said = await page.evaluate(() => {
    const texts: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) texts.push(walker.currentNode.nodeValue ?? "");
    for (const element of document.querySelectorAll("*")) {
      for (const name of ["aria-label", "placeholder", "title"]) {
        texts.push(element.getAttribute(name) ?? "");
      }
    }
    return texts.map((text) => text.trim()).filter((text) => text !== "");
  });
  const own = CATALOGUES[language];
  const others = Object.entries(CATALOGUES[language === "en" ? "zh-CN" : "en"])
    .filter(([key, text]) => own[key] !== text && !text.includes("{"))
    .map(([, text]) => text);
  const wrong = said.filter((text) => Object.hasOwn(own, text) || others.includes(text));
  assert.deepEqual(wrong, [], `all texts are in ${language}`);
}
