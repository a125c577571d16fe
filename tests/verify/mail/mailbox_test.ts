import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import { createMailbox } from "../../../verify/mail/mailbox.ts";
import { createFakeClock } from "../../support/clock.ts";
import { eventually } from "../../support/deadline.ts";

const mail = (to: string) => ({
  to,
  subject: "123456 is your Parley code",
  text: "123456",
  html: "",
});

Deno.test("createMailbox shows what any isolate keeps, newest first, also to one that comes late", async () => {
  const clock = createFakeClock();
  const name = crypto.randomUUID();
  await using one = createMailbox(clock, name);
  await using other = createMailbox(clock, name);
  await using alone = createMailbox(clock);
  await one.send(mail("ann@example.org"), newId());
  clock.advance(1);
  await other.send(mail("ben@example.org"), newId());
  clock.advance(1);
  await one.send(mail("ann@example.org"), newId());
  await using late = createMailbox(clock, name);

  const order = ["ann@example.org", "ben@example.org", "ann@example.org"];
  for (const mailbox of [one, other, late]) {
    await eventually(() => mailbox.mails().length === 3, "all mails at every isolate");
    assert.deepEqual(mailbox.mails().map(({ to }) => to), order);
    assert.equal(mailbox.mails("ANN@example.org").length, 2);
  }
  assert.deepEqual(alone.mails(), []);
});

Deno.test("createMailbox keeps the last 500", async () => {
  const clock = createFakeClock();
  await using mailbox = createMailbox(clock);
  for (let n = 0; n <= 500; n++) {
    await mailbox.send(mail(`${n}@example.org`), newId());
    clock.advance(1);
  }
  const kept = mailbox.mails();
  assert.deepEqual([kept.length, kept[0]?.to, kept.at(-1)?.to], [
    500,
    "500@example.org",
    "1@example.org",
  ]);
});
