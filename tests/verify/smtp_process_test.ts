/** A server as people run it, with the task's own permissions, and a mail server beside it. */
import assert from "node:assert/strict";
import { createCall, PASSWORD } from "../support/api_server.ts";
import { databaseKinds } from "../support/databases.ts";
import { eventually } from "../support/deadline.ts";
import { createServerProcess } from "../support/server_process.ts";
import { refusal, startSmtpServer } from "../support/smtp_server.ts";

const [embedded] = databaseKinds;

Deno.test({
  name:
    "a server signs somebody up by a mail that two isolates send once, and one that it had not sent when it was killed is sent after its start",
  // What a killed process leaves of its connections closes by itself.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    assert.ok(embedded !== undefined);
    await using database = await embedded.create();
    let accepting = true;
    await using smtp = await startSmtpServer({
      answer: () => {
        return accepting ? Promise.resolve() : Promise.reject(refusal(451, "4.3.0 later"));
      },
    });
    const lines: string[] = [];
    await using server = await createServerProcess(database.config, {
      PARLEY_MAIL_URL: `smtp://ann%40example.org:hunter%232@127.0.0.1:${smtp.port}`,
      PARLEY_MAIL_FROM: "parley@example.org",
      PARLEY_WORKERS: "2",
      PARLEY_LOG: "debug",
    }, { onLine: (line) => void lines.push(line) });
    await server.start();
    const call = createCall(server.origin);
    const ask = (email: string) =>
      call("POST", "/verification-codes", {
        body: { email, purpose: "register" },
        headers: { "accept-language": "zh-CN,en;q=0.5" },
      });
    const mailTo = async (email: string) => {
      const find = () => smtp.received.find(({ to }) => to[0] === email);
      await eventually(() => find() !== undefined, `the mail to ${email}`, 20_000);
      return find();
    };

    assert.equal((await ask("ann@example.org")).status, 202);
    const mail = await mailTo("ann@example.org");
    assert.match(mail?.email.subject ?? "", /^\d{6} 是你的 Parley 验证码$/);
    assert.deepEqual(smtp.logins[0], "ann@example.org:hunter#2");
    const code = mail?.email.subject?.slice(0, 6);
    const { status, body } = await call("POST", "/accounts", {
      body: { email: "ann@example.org", code, username: "ann", password: PASSWORD },
    });
    assert.equal(status, 201, JSON.stringify(body));

    accepting = false;
    assert.equal((await ask("ben@example.org")).status, 202);
    await eventually(() => lines.some((line) => line.includes("mail.delayed")), "the refusal");
    await server.kill();
    accepting = true;
    await server.start();
    const late = await mailTo("ben@example.org");
    assert.match(late?.email.subject ?? "", /^\d{6} /);
    const codeAfter = late?.email.subject?.slice(0, 6) ?? "";
    await server.stop();
    assert.equal(smtp.received.length, 2);
    const log = lines.join("\n");
    for (const secret of ["hunter", "ben@example.org", code ?? "", codeAfter]) {
      assert.ok(!log.includes(secret), `the log has ${secret}`);
    }
    assert.match(log, /mail\.delayed/);
  },
});
