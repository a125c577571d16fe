import {
  befriendAccounts,
  connectClient,
  createAccount,
  enterAs,
} from "../support/browser_accounts.ts";
import { browserTest } from "../support/browser.ts";
import { openConversation, say, untilGone, untilTexts } from "../support/browser_steps.ts";
import { until } from "../support/people.ts";

browserTest(
  "a draft, typing, presence and own settings are in step on all devices",
  async (stage) => {
    const { origin } = stage.server;
    const mia = await createAccount(origin, "mia", "Mia Keller");
    const lin = await createAccount(origin, "lin", "林悦");
    const room = await befriendAccounts(origin, mia, lin);
    const [desk, phone] = [
      await stage.profile(),
      await stage.profile({ viewport: { width: 360, height: 740 } }),
    ];
    for (const device of [desk, phone]) {
      await enterAs(device, mia);
      await device.page.reload();
    }
    await openConversation(desk.page, origin, room);
    const composer = desk.page.getByTestId("composer");
    await composer.pressSequentially("I was about to say");
    await phone.page.getByTestId("preview").getByText("Draft: I was about to say").waitFor();
    await openConversation(phone.page, origin, room);
    await until(
      "the draft is on the phone",
      async () => await phone.page.getByTestId("composer").inputValue() === "I was about to say",
    );
    await say(phone.page, "I was about to say: hello");
    await untilTexts(desk.page, ["I was about to say: hello"]);
    await until("the draft is gone", async () => await composer.inputValue() === "");

    // Lin is there, and types.
    using other = await connectClient(origin, lin);
    const { client } = other;
    await until("Lin is connected", () => client.connection.state().name === "ready");
    const about = desk.page.getByTestId("thread-about");
    await about.getByText("Online").waitFor();
    await client.thread.open(room);
    client.thread.typing(room, true);
    await about.getByText("Typing…").waitFor();
    client.thread.typing(room, false);
    await about.getByText("Online").waitFor();

    await desk.page.getByTestId("details-link").click();
    await desk.page.getByTestId("pin-conversation").click();
    await desk.page.getByTestId("mute").click();
    await desk.page.getByTestId("mute-always").click();
    await desk.page.getByTestId("unmute").waitFor();
    await phone.page.getByTestId("back").click();
    await phone.page.getByTestId("pinned-mark").waitFor();
    await phone.page.getByTestId("muted-mark").waitFor();
    await desk.page.getByTestId("mark-unread").click();
    await phone.page.getByTestId("marked-unread").waitFor();
    await phone.page.getByTestId("conversation-row").click();
    await phone.page.getByTestId("bubble").waitFor();
    await untilGone(desk.page.getByTestId("marked-unread"));

    // By another name from now on; then out of the contacts and back, by a block that is lifted.
    await desk.page.getByTestId("nav-contacts").click();
    await desk.page.getByTestId("contact-actions").click();
    await desk.page.getByTestId("change-alias").click();
    await desk.page.getByTestId("contact-alias").fill("Lin from the choir");
    await desk.page.getByTestId("contact-alias-save").click();
    await desk.page.getByTestId("contact-row").getByText("Lin from the choir").waitFor();
    await desk.page.getByTestId("contact-actions").click();
    await desk.page.getByTestId("block-contact").click();
    await desk.page.getByTestId("confirm-run").click();
    await desk.page.getByTestId("blocked-person").waitFor();
    await client.thread.send(room, "Do you hear me?");
    await until("it is refused", () => client.thread.view(room).pending[0]?.state === "failed");
    await untilTexts(phone.page, ["I was about to say: hello"]);
    await desk.page.getByTestId("unblock").click();
    await untilGone(desk.page.getByTestId("blocked-person"));
    await desk.page.getByTestId("contact-row").waitFor();
  },
);
