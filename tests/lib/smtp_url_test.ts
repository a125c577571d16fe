import assert from "node:assert/strict";
import { parseSmtpUrl } from "../../lib/smtp_url.ts";

Deno.test("parseSmtpUrl requires TLS but on loopback or where the URL says otherwise", () => {
  const tls = (url: string) => {
    const server = parseSmtpUrl(url);
    return server && [server.host, server.port, server.secure, server.requireTls];
  };
  assert.deepEqual(tls("smtp://mail.example.org"), ["mail.example.org", 587, false, true]);
  assert.deepEqual(tls("smtps://mail.example.org"), ["mail.example.org", 465, true, true]);
  assert.deepEqual(tls("smtp://mail.example.org:25?tls=optional"), [
    "mail.example.org",
    25,
    false,
    false,
  ]);
  assert.deepEqual(tls("smtp://localhost:2525"), ["localhost", 2525, false, false]);
  assert.deepEqual(tls("smtp://127.0.0.1?tls=required"), ["127.0.0.1", 587, false, true]);
  assert.deepEqual(tls("smtp://[::1]:25/"), ["::1", 25, false, false]);
  assert.deepEqual(tls("smtp://[2001:db8::1]"), ["2001:db8::1", 587, false, true]);
  // A name that only begins or ends like it.
  assert.deepEqual(tls("smtp://localhost.example.org")?.at(-1), true);
  assert.deepEqual(tls("smtp://127.0.0.1.example.org")?.at(-1), true);
});

Deno.test("parseSmtpUrl decodes name and password", () => {
  const server = parseSmtpUrl("smtp://ann%40example.org:p%25%3A%2F%C3%A4@localhost");
  assert.deepEqual([server?.user, server?.password], ["ann@example.org", "p%:/ä"]);
  const open = parseSmtpUrl("smtp://localhost");
  assert.deepEqual([open?.user, open?.password], [undefined, undefined]);
});
