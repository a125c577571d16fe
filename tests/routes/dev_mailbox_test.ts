import assert from "node:assert/strict";
import { openRaw } from "../support/raw_socket.ts";
import { testWithServer } from "../support/shared_server.ts";
import { newName, signUp, type TestServer } from "../support/api_server.ts";

async function ask({ port }: TestServer, headers: string): Promise<number> {
  using client = await openRaw(
    port,
    `GET /dev/mailbox HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`,
  );
  return (await client.answer()).status;
}

testWithServer("devMailbox shows the newest mail first, and filters by address", async (server) => {
  const first = await signUp(server);
  const second = await signUp(server);
  const all = await server.call("GET", "/dev/mailbox");
  assert.deepEqual([0, 1].map((n) => String(all.body.mails?.[n]?.to)), [second.email, first.email]);
  const own = await server.call("GET", `/dev/mailbox?to=${first.email.toUpperCase()}`);
  assert.equal(own.body.mails?.length, 1);
  const { code, subject, text } = own.body.mails?.[0] ?? {};
  assert.match(String(code), /^\d{6}$/);
  assert.ok(String(subject).includes(String(code)) && String(text).includes(String(code)));
});

testWithServer("devMailbox answers to loopback names only", async (server) => {
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
    assert.equal(await ask(server, `Host: ${host}:${server.port}\r\n`), 200, host);
  }
  const foreign = ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1"];
  for (const host of foreign) {
    assert.equal(await ask(server, `Host: ${host}:${server.port}\r\n`), 404, host);
  }
});

testWithServer("devMailbox answers nobody who came through a proxy", async (server) => {
  const headers = ["X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1", "Via: 1.1 proxy"];
  for (const header of [...headers, "X-Real-IP: 127.0.0.1", "x-forwarded-for:"]) {
    assert.equal(await ask(server, `Host: localhost\r\n${header}\r\n`), 404, header);
  }
});

testWithServer("devMailbox shows a browser a page with nothing alive in it", async (server) => {
  await server.call("POST", "/verification-codes", {
    body: { email: `${newName()}@example.org`, purpose: "register" },
  });
  const { headers, body } = await server.call("GET", "/dev/mailbox", {
    headers: { accept: "text/html" },
  });
  assert.match(headers.get("content-type") ?? "", /^text\/html/);
  assert.ok(!/<script/i.test(String(body)));
});
