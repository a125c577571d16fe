/** What people do on the page and what they see there. */
import type { Locator, Page } from "playwright-core";
import { until } from "./people.ts";
import { readCode } from "./people.ts";

export type Newcomer = {
  email: string;
  username: string;
  displayName: string;
  password: string;
};

/** From the first screen to the chats, with the code from the server's mailbox. */
export async function signUpOnPage(page: Page, origin: string, person: Newcomer): Promise<void> {
  await askForCode(page, person.email);
  await page.getByTestId("sign-up-code").fill(await readCode(origin, person.email));
  await page.getByTestId("sign-up-display-name").fill(person.displayName);
  await page.getByTestId("sign-up-username").fill(person.username);
  await page.getByTestId("sign-up-password").fill(person.password);
  await page.getByTestId("sign-up-submit").click();
  await page.getByTestId("nav-chats").waitFor();
}

export async function askForCode(page: Page, email: string): Promise<void> {
  await page.getByTestId("go-to-sign-up").click();
  await page.getByTestId("sign-up-email").fill(email);
  await page.getByTestId("sign-up-email-submit").click();
  await page.getByTestId("sign-up-code").waitFor();
}

export async function signInOnPage(page: Page, login: string, password: string): Promise<void> {
  await page.getByTestId("sign-in-login").fill(login);
  await page.getByTestId("sign-in-password").fill(password);
  await page.getByTestId("sign-in-submit").click();
}

/** Goes to a conversation by its address, and waits until one can talk there. */
export async function openConversation(page: Page, origin: string, id: string): Promise<void> {
  await page.goto(`${origin}/#/c/${id}`);
  await page.getByTestId("composer").waitFor();
}

export async function say(page: Page, text: string): Promise<void> {
  const composer = page.getByTestId("composer");
  await composer.fill(text);
  await composer.press("Enter");
}

export type SeenBubble = { text: string; seq: number | undefined; state: string | undefined };

/** The messages on the screen, from top to bottom. */
export async function bubbles(page: Page): Promise<SeenBubble[]> {
  return await page.getByTestId("bubble").evaluateAll((elements) =>
    elements.map((element) => {
      const { seq, state } = element.dataset;
      return {
        text: element.querySelector("[data-testid=bubble-text]")?.textContent ?? "",
        seq: seq === undefined ? undefined : Number(seq),
        state,
      };
    })
  );
}

export async function texts(page: Page): Promise<string[]> {
  return (await bubbles(page)).map((bubble) => bubble.text);
}

export async function untilTexts(page: Page, wanted: readonly string[]): Promise<void> {
  const same = async () => JSON.stringify(await texts(page)) === JSON.stringify(wanted);
  await until(`the page shows ${JSON.stringify(wanted).slice(0, 200)}`, same);
}

/** Waits until the bubble with this text has come as far as `state`. */
export async function untilState(page: Page, text: string, state: string): Promise<void> {
  await page.locator(`[data-testid=bubble][data-state=${state}]`, { hasText: text }).waitFor();
}

/** Pages of the settings, and what is on each. */
export const SETTINGS_PAGES = [
  ["devices", "device"],
  ["activity", "security-event"],
  ["password", "password-form"],
  ["email", "change-email-form"],
] as const;

export async function untilGone(locator: Locator): Promise<void> {
  await locator.waitFor({ state: "detached" });
}

export async function untilTitle(page: Page, title: string): Promise<void> {
  let last = "";
  try {
    await until("the title", async () => (last = await page.title()) === title);
  } catch {
    throw new Error(`the title is “${last}” instead of “${title}”`);
  }
}
