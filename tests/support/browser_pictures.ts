/**
 * Takes the pictures of the page: `deno run -A tests/support/browser_pictures.ts` renews those in
 * docs/images, and with a folder as its argument it puts every screen there, for looking at.
 */
import { enterAs } from "./browser_accounts.ts";
import { type Profile, type ProfileOptions, type Stage, withStage } from "./browser.ts";
import { askForCode, openConversation, SETTINGS_PAGES } from "./browser_steps.ts";
import { playStory, type Story } from "./browser_story.ts";

const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };
const VIEWPORTS = [PHONE, { width: 768, height: 1024 }, WIDE];

async function takeForDocs(stage: Stage, story: Story): Promise<void> {
  const folder = new URL("../../docs/images/", import.meta.url).pathname;
  await Deno.mkdir(folder, { recursive: true });
  const wide = await openChat(stage, story, { viewport: WIDE, colorScheme: "light" });
  await wide.page.screenshot({ path: `${folder}/chat_light.png` });
  const phone = await openChat(stage, story, { viewport: PHONE, colorScheme: "dark" });
  await phone.page.screenshot({ path: `${folder}/chat_phone_dark.png` });
}

async function takeAll(stage: Stage, story: Story, folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const viewport of VIEWPORTS) {
    for (const colorScheme of ["light", "dark"] as const) {
      for (const locale of ["en-GB", "zh-CN"]) {
        const name = `${folder}/${viewport.width}_${colorScheme}_${locale}`;
        await takeScreens(stage, story, { viewport, colorScheme, locale }, name);
      }
    }
  }
}

async function takeScreens(
  stage: Stage,
  story: Story,
  options: ProfileOptions,
  name: string,
): Promise<void> {
  const { origin } = stage.server;
  const profile = await stage.profile(options);
  const { page, context } = profile;
  const take = (screen: string) => page.screenshot({ path: `${name}_${screen}.png` });
  await page.getByTestId("sign-in-submit").click();
  await take("sign_in");
  await page.getByTestId("forgot").click();
  await page.getByTestId("reset-email").waitFor();
  await take("reset");
  await page.getByTestId("go-to-sign-in").click();
  await askForCode(page, `${crypto.randomUUID()}@example.org`);
  await page.getByTestId("sign-up-code").fill("123");
  await take("code");
  await page.getByTestId("sign-up-code").fill("123456");
  await page.getByTestId("sign-up-submit").click();
  await take("details");

  await enterAs(profile, story.mia);
  await page.reload();
  await page.getByTestId("conversation-row").first().waitFor();
  await take("chats");
  await openConversation(page, origin, story.room);
  await page.getByTestId("bubble").first().waitFor();
  await take("thread");
  await openConversation(page, origin, story.group);
  await page.getByTestId("bubble").last().waitFor();
  await take("group");
  const last = page.getByTestId("message-actions").last();
  await last.hover();
  await last.click();
  await take("menu");
  await page.keyboard.press("Escape");
  await page.getByTestId("composer").pressSequentially("@");
  await page.getByTestId("mention-choice").first().waitFor();
  await take("mention");
  await page.getByTestId("composer").fill("");
  await page.goto(`${origin}/#/c/${story.group}/details`);
  await page.getByTestId("member-row").first().waitFor();
  await page.getByTestId("pinned").waitFor();
  await take("details");
  await page.getByTestId("create-invite").click();
  await page.getByTestId("qr-code").scrollIntoViewIfNeeded();
  await take("details_invite");
  await page.getByTestId("leave-group").scrollIntoViewIfNeeded();
  await take("details_settings");
  await page.getByTestId("leave-group").click();
  await page.getByTestId("confirm").waitFor();
  await take("confirm");
  await page.getByTestId("confirm-cancel").click();
  await page.goto(`${origin}/#/new-group`);
  await page.getByTestId("pick").first().waitFor();
  await page.locator(".pick-row").first().click();
  await take("new_group");
  await page.goto(`${origin}/#/join/${story.invitation}`);
  await page.getByTestId("join-name").waitFor();
  await take("join");
  await openConversation(page, origin, story.room);
  await context.route("**/api/v1/tickets", (route) => route.abort());
  profile.expect(/net::ERR/);
  await page.reload();
  await page.getByTestId("composer").fill("Written without a connection\nin two lines");
  await page.getByTestId("composer").press("Enter");
  await page.getByTestId("composer").fill("A draft\nin two lines");
  await page.getByTestId("connection-banner").waitFor();
  await take("offline");
  await context.unroute("**/api/v1/tickets");
  await page.goto(`${origin}/#/contacts`);
  await page.getByTestId("incoming-request").waitFor();
  await take("contacts");
  await page.getByTestId("add-contact").click();
  await page.getByTestId("people-search").fill("jonas");
  await page.getByTestId("person-row").waitFor();
  await take("search");
  await page.getByTestId("nav-settings").click();
  await page.getByTestId("account").waitFor();
  await take("settings");
  await page.getByTestId("delete-account").click();
  await page.getByTestId("delete-submit").click();
  await take("settings_delete");
  await page.getByTestId("delete-cancel").click();
  for (const [at, testid] of SETTINGS_PAGES) {
    await page.getByTestId(`settings-${at}`).click();
    await page.getByTestId(testid).first().waitFor();
    await take(`settings_${at}`);
    await page.getByTestId("settings-back").click();
  }
  await context.close();
}

async function openChat(stage: Stage, story: Story, options: ProfileOptions): Promise<Profile> {
  const profile = await stage.profile(options);
  await enterAs(profile, story.mia);
  await profile.page.reload();
  await openConversation(profile.page, stage.server.origin, story.room);
  await profile.page.getByTestId("bubble").first().waitFor();
  return profile;
}

if (import.meta.main) {
  const [folder] = Deno.args;
  await withStage(async (stage) => {
    const story = await playStory(stage.server.origin);
    if (folder === undefined) await takeForDocs(stage, story);
    else await takeAll(stage, story, folder);
  });
}
