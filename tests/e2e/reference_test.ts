/// <reference lib="dom" />
import assert from "node:assert/strict";
import { browserTest } from "../support/browser.ts";
import { assertFitsWidth } from "../support/browser_checks.ts";

const SCREENS = [[320, "dark"], [360, "light"], [768, "dark"], [1280, "light"]] as const;
const COLOURS = {
  light: ["rgb(248, 247, 244)", "rgb(38, 36, 31)"],
  dark: ["rgb(25, 24, 23)", "rgb(232, 228, 220)"],
};

// A style or a script that the content policy refuses would be a problem of the page, and fail this.
browserTest("the reference of the interface can be read at every width", async ({ profile }) => {
  for (const [width, colorScheme] of SCREENS) {
    const { page, origin } = await profile({ viewport: { width, height: 800 }, colorScheme });
    await page.goto(`${origin}/docs`);
    await assertFitsWidth(page, `the reference at ${width}`);
    const colours = await page.evaluate(() => {
      const { backgroundColor, color } = getComputedStyle(document.documentElement);
      return [backgroundColor, color];
    });
    assert.deepEqual(colours, COLOURS[colorScheme]);
    // The column with all requests is there where it has room.
    const hash = width < 1080 ? "#refusal-conflict" : "#createAccount";
    await page.locator(width < 1080 ? `a[href="${hash}"]` : `nav a[href="${hash}"]`).first()
      .click();
    assert.ok(page.url().endsWith(hash), page.url());
  }
});
