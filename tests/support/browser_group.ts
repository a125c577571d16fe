/** What people do with groups and messages on the page, and what a thread shows of it. */
/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { until } from "./people.ts";

/** From the search for somebody to the request that waits for their answer. */
export async function askToBeContacts(page: Page, username: string): Promise<void> {
  await page.goto(new URL("/#/contacts/add", page.url()).href);
  await page.getByTestId("people-search").fill(username);
  const found = page.locator(`[data-testid=person-row][data-username="${username}"]`);
  await found.getByTestId("add-person").click();
  await found.getByTestId("request-contact").click();
  await found.getByTestId("person-standing").waitFor();
}

/** Leads into the conversation with whoever asked. */
export async function acceptContact(page: Page): Promise<void> {
  await page.getByTestId("nav-contacts").click();
  await page.getByTestId("accept-request").click();
  await page.getByTestId("composer").waitFor();
}

/** Makes a group of the maker and these contacts; leads into it. */
export async function makeGroup(
  page: Page,
  title: string,
  names: readonly string[],
): Promise<string> {
  await page.getByTestId("nav-chats").click();
  await page.getByTestId("new-group").click();
  await page.getByTestId("new-group-title").fill(title);
  for (const name of names) await page.locator(".pick-row", { hasText: name }).click();
  await page.getByTestId("create-group").click();
  await page.getByTestId("composer").waitFor();
  const id = /#\/c\/([^/]+)/.exec(page.url())?.[1];
  assert.ok(id !== undefined, "the address names the group");
  return id;
}

/** The message with exactly this text. */
export function messageRow(page: Page, text: string): Locator {
  return page.locator(".message").filter({
    has: page.getByTestId("bubble-text").getByText(text, { exact: true }),
  });
}

/** Chooses something from a message's menu by its test id. */
export async function actOn(page: Page, text: string, action: string): Promise<void> {
  const row = messageRow(page, text);
  await row.hover();
  await row.getByTestId("message-actions").click();
  await page.getByTestId("menu").getByTestId(action).click();
}

export async function reactTo(page: Page, text: string, emoji: string): Promise<void> {
  const row = messageRow(page, text);
  await row.hover();
  await row.getByTestId("message-actions").click();
  await page.locator(`[data-testid=react][data-emoji="${emoji}"]`).click();
}

/** One line of a thread, as it reads whoever looks at it. */
export type SeenLine = {
  by?: string;
  text: string;
  quote?: string;
  marks?: string;
  reactions?: string;
};

/**
 * What a thread shows, from top to bottom. Where it says “you”, `reader` is said instead, so that it
 * is the same for everybody.
 */
export async function seenThread(page: Page, reader: string): Promise<SeenLine[]> {
  const lines = await page.locator(".log-rows > *").evaluateAll((rows) => {
    let by = "";
    const textOf = (row: Element, selector: string) =>
      row.querySelector(selector)?.textContent ?? undefined;
    return rows.flatMap((row): SeenLine[] => {
      if (row.matches(".log-day")) return [];
      if (row.matches(".log-system")) return [{ text: row.textContent ?? "" }];
      by = row.querySelector(":scope > p:first-child")?.textContent ?? by;
      const reactions = [...row.querySelectorAll("[data-testid=reaction]")]
        .map((each) => each.textContent ?? "");
      const { edited, pinned, stand } = row.querySelector<HTMLElement>(".bubble")?.dataset ?? {};
      const marks = [
        edited === "true" ? "edited" : "",
        pinned === "true" ? "pinned" : "",
        stand ?? "",
      ].filter((mark) => mark !== "");
      const quote = textOf(row, "[data-testid=quote-text]");
      return [{
        by,
        text: textOf(row, "[data-testid=bubble-text]") ?? "",
        ...(quote !== undefined && { quote }),
        ...(marks.length > 0 && { marks: marks.join(" ") }),
        ...(reactions.length > 0 && { reactions: reactions.join(", ") }),
      }];
    });
  });
  const named = (text: string) => text.replaceAll(/\b[Yy]ou\b/g, reader);
  return lines.map((line) => {
    const { by, ...rest } = line;
    return by === undefined ? { text: named(line.text) } : { by: named(by), ...rest };
  });
}

export type Reader = { readonly name: string; readonly page: Page };

/** Waits until all of them see exactly this, loads their pages again, and waits once more. */
export async function untilAllSee(
  readers: readonly Reader[],
  wanted: readonly SeenLine[],
): Promise<void> {
  await Promise.all(readers.map((reader) => untilSees(reader, wanted)));
  await Promise.all(readers.map(async (reader) => {
    await reader.page.reload();
    await untilSees(reader, wanted);
  }));
}

async function untilSees({ name, page }: Reader, wanted: readonly SeenLine[]): Promise<void> {
  let seen: SeenLine[] = [];
  const same = async () => {
    seen = await seenThread(page, name);
    return JSON.stringify(seen) === JSON.stringify(wanted);
  };
  try {
    await until("the same", same);
  } catch {
    assert.deepEqual(seen, wanted, `what ${name}'s page shows`);
  }
}
