import assert from "node:assert/strict";
import { createAccount } from "../support/browser_accounts.ts";
import { browserTest, NETWORK_ERRORS } from "../support/browser.ts";
import { askForCode, signInOnPage } from "../support/browser_steps.ts";
import { readCode } from "../support/people.ts";

browserTest("signing in says what is wrong, and then works", async (stage) => {
  const mia = await createAccount(stage.server.origin, "mia", "Mia Keller");
  const profile = await stage.profile();
  const { page } = profile;
  profile.expect(/status of (401|503) .*\/api\/v1\/sessions$/);
  profile.expect(NETWORK_ERRORS);

  await page.getByTestId("sign-in-submit").click();
  await page.getByTestId("sign-in-login-problem").getByText("Fill this in.").waitFor();
  await page.getByTestId("sign-in-password-problem").getByText("Fill this in.").waitFor();

  const problem = page.getByTestId("form-problem");
  // Too many sign in at this moment; a server that cannot be reached is something else.
  const path = "**/api/v1/sessions";
  const busy = { code: "unavailable", status: 503, detail: "", retryAfter: 2 };
  await page.route(path, (route) => route.fulfill({ status: 503, json: busy }));
  await signInOnPage(page, "mia", mia.password);
  await problem.getByText("Parley cannot answer right now").first().waitFor();
  await page.getByTestId("try-again-in").getByText("You can try again now.").waitFor();
  await page.unroute(path);
  await page.route(path, (route) => route.abort());
  await page.getByTestId("sign-in-submit").click();
  await problem.getByText("Parley cannot be reached.").waitFor();
  await page.unroute(path);

  await signInOnPage(page, "mia", "not the password");
  await problem.getByText("The name or the password is not right.").waitFor();
  assert.equal(await page.getByTestId("sign-in-login").inputValue(), "mia", "nothing is lost");
  await page.getByTestId("language-zh-CN").click();
  await problem.getByText("用户名或密码不正确。").waitFor();

  await signInOnPage(page, "MIA@example.org", mia.password);
  await page.getByTestId("nav-chats").waitFor();
});

browserTest("signing up with a taken username goes on with the same code", async (stage) => {
  const { origin } = stage.server;
  await createAccount(origin, "mia");
  const profile = await stage.profile();
  const { page } = profile;
  profile.expect(/status of (409|422) .*\/api\/v1\/accounts$/);
  const email = "other.mia@example.org";
  await askForCode(page, email);
  await page.getByTestId("resend-countdown").waitFor();
  // As it stands in a mail: pasting it fills all boxes and goes on.
  const code = await readCode(origin, email);
  await page.getByTestId("sign-up-code").pressSequentially(`${code.slice(0, 3)} ${code.slice(3)}`);
  await page.getByTestId("sign-up-username").fill("mia");
  await page.getByTestId("sign-up-password").fill("short");
  await page.getByTestId("sign-up-submit").click();
  await page.getByTestId("sign-up-password-problem").getByText("Use 8 to 256").waitFor();

  await page.getByTestId("sign-up-password").fill("correct horse battery");
  await page.getByTestId("sign-up-submit").click();
  await page.getByTestId("sign-up-username-problem").getByText("This username is taken").waitFor();
  await page.getByTestId("sign-up-username").fill("mia.two");
  await page.getByTestId("sign-up-submit").click();
  await page.getByText("No chats yet").waitFor();
});

browserTest("a wrong code is told, and the right one can be typed", async (stage) => {
  const { origin } = stage.server;
  const profile = await stage.profile();
  const { page } = profile;
  profile.expect(/status of 400 .*\/api\/v1\/accounts$/);
  const email = "mia@example.org";
  await askForCode(page, email);
  const code = await readCode(origin, email);
  const wrong = code.replace(/./g, (digit) => String((Number(digit) + 1) % 10));
  await page.getByTestId("sign-up-code").fill(wrong);
  await page.getByTestId("sign-up-username").fill("mia");
  await page.getByTestId("sign-up-password").fill("correct horse battery");
  await page.getByTestId("sign-up-submit").click();
  await page.getByTestId("form-problem").getByText("That code is not right").waitFor();
  await page.getByTestId("sign-up-code").fill(code);
  // What was filled in before is still there.
  await page.getByTestId("sign-up-submit").click();
  await page.getByTestId("nav-chats").waitFor();
});
