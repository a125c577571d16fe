import type { Page } from "playwright-core";
import { enterAs } from "../support/browser_accounts.ts";
import { browserTest } from "../support/browser.ts";
import { assertFitsWidth, assertLanguage } from "../support/browser_checks.ts";
import { openConversation } from "../support/browser_steps.ts";
import { playStory } from "../support/browser_story.ts";

const WIDTHS = [320, 768, 1280];

browserTest(
  "the screens of groups fit every width and are in the chosen language",
  async (stage) => {
    const { origin } = stage.server;
    const story = await playStory(origin);
    for (const [language, locale] of [["en", "en-GB"], ["zh-CN", "zh-CN"]] as const) {
      const profile = await stage.profile({ locale });
      const { page } = profile;
      const check = async (what: string) => {
        await assertLanguage(page, language);
        await atEveryWidth(page, `${what} (${language})`);
      };
      await page.goto(`${origin}/#/join/${story.invitation}`);
      await page.getByTestId("invited").waitFor();
      await check("an invitation before signing in");
      await enterAs(profile, story.mia);
      await page.goto(`${origin}/#/`);
      await page.reload();
      await openConversation(page, origin, story.group);
      await page.getByTestId("reactions").last().waitFor();
      await check("a group");
      await page.getByTestId("message-actions").last().focus();
      await page.keyboard.press("Enter");
      await page.getByTestId("menu").waitFor();
      await assertLanguage(page, language);
      await page.getByTestId("message-forward").click();
      await page.getByTestId("forward").waitFor();
      await check("forwarding");
      await page.getByTestId("close-dialog").click();
      await page.getByTestId("composer").pressSequentially("@");
      await page.getByTestId("mention-list").waitFor();
      await check("whom to mention");
      await page.getByTestId("composer").fill("");
      await page.goto(`${origin}/#/c/${story.group}/details`);
      await page.getByTestId("create-invite").click();
      await page.getByTestId("qr-code").waitFor();
      await page.getByTestId("pinned").waitFor();
      await check("the details");
      await page.getByTestId("leave-group").click();
      await page.getByTestId("confirm").waitFor();
      await check("the question before leaving");
      await page.keyboard.press("Escape");
      await page.goto(`${origin}/#/new-group`);
      await page.getByTestId("pick").first().waitFor();
      await check("a new group");
      await page.goto(`${origin}/#/join/${story.invitation}`);
      await page.getByTestId("join-name").waitFor();
      await check("an invitation");
      await page.goto(`${origin}/#/contacts`);
      await page.getByTestId("create-personal-invite").click();
      await page.getByTestId("qr-code").waitFor();
      await check("the contacts");
      await profile.context.close();
    }
  },
);

/** Ends at the last, the widest. */
async function atEveryWidth(page: Page, what: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width < 768 ? 640 : 800 });
    await assertFitsWidth(page, `${what} at ${width} px`);
  }
}
