/// <reference lib="dom" />
import assert from "node:assert/strict";
import { createAccount } from "../support/browser_accounts.ts";
import { browserTest, NETWORK_ERRORS } from "../support/browser.ts";
import { signInOnPage } from "../support/browser_steps.ts";

/** Milliseconds: the work is a second's, on a machine that does nothing else. */
const timeout = 30_000;

browserTest(
  "a challenge is worked off in the page, and who cannot is told to wait",
  async (stage) => {
    const { origin } = stage.server;
    const mia = await createAccount(origin, "mia", "Mia Keller");
    const ask = async (path: string, body: unknown) => {
      const headers = { "content-type": "application/json" };
      const request = { method: "POST", headers, body: JSON.stringify(body) };
      const response = await fetch(`${origin}/api/v1${path}`, request);
      await response.body?.cancel();
      return response.status;
    };
    const untilRefused = async (attempt: (n: number) => Promise<number>) => {
      for (let n = 0; n < 40; n++) if (await attempt(n) === 429) return;
      throw new Error("nothing was too much");
    };
    await untilRefused((n) =>
      ask("/verification-codes", { email: `person${n}@example.org`, purpose: "register" })
    );
    await untilRefused(() => ask("/sessions", { login: "mia", password: "a guess" }));

    const profile = await stage.profile();
    const { context } = profile;
    profile.expect(/status of 429/);
    profile.expect(NETWORK_ERRORS);
    await context.addInitScript(() => {
      const said = new Set<string>();
      Object.assign(globalThis, { said });
      new MutationObserver(() => {
        said.add(document.querySelector("[data-testid=person-check]")?.textContent ?? "");
      }).observe(document, { subtree: true, childList: true, characterData: true });
    });
    const page = await profile.tab();
    const proved: string[] = [];
    page.on("request", (request) => {
      if (request.postData()?.includes('"proof"')) proved.push(new URL(request.url()).pathname);
    });
    const work = "**/assets/worker-*.js";
    await context.route(work, (route) => route.abort());
    await page.getByTestId("forgot").click();
    await page.getByTestId("reset-email").fill("mia.home@example.org");
    await page.getByTestId("reset-email-submit").click();
    const left = page.getByTestId("try-again-in");
    await left.getByText("Too many tries. Try again in").waitFor({ timeout });
    const before = Number(await left.getAttribute("data-left"));
    await page.locator(`[data-testid=try-again-in]:not([data-left="${before}"])`).waitFor();
    assert.ok(Number(await left.getAttribute("data-left")) < before, "it counts down");

    await context.unroute(work);
    await page.getByTestId("reset-email-submit").click();
    await page.getByTestId("reset-code").waitFor({ timeout });
    const said = await page.evaluate(() => [...Reflect.get(globalThis, "said") as Set<string>]);
    assert.ok(said.some((text) => text.startsWith("One moment")), said.join("; "));

    await page.reload();
    await signInOnPage(page, "mia", mia.password);
    await page.getByTestId("nav-chats").waitFor({ timeout });
    assert.deepEqual(proved, ["/api/v1/verification-codes", "/api/v1/sessions"]);
  },
  { limits: true },
);
