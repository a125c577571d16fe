import assert from "node:assert/strict";
import { createAllowOrigin } from "../../lib/origins.ts";

Deno.test("createAllowOrigin allows configured origins exactly", () => {
  const allow = createAllowOrigin({
    origins: ["https://chat.example.org", "http://localhost:8000"],
    allowOwnOrigin: false,
  });
  assert.ok(allow("https://chat.example.org", "anything"));
  assert.ok(allow("http://localhost:8000", undefined));
  const foreign = [
    "http://chat.example.org",
    "https://chat.example.org:8443",
    "https://chat.example.org.evil.example",
    "https://evil.example/chat.example.org",
    "https://CHAT.example.org",
    "https://chat.example.org/",
    "http://localhost:8001",
    "null",
    "",
  ];
  for (const origin of foreign) assert.ok(!allow(origin, "chat.example.org"), origin);
});

Deno.test("createAllowOrigin allows a page its own host where it may, and no other", () => {
  const allow = createAllowOrigin({ origins: [], allowOwnOrigin: true });
  assert.ok(allow("https://chat.example.org", "chat.example.org"));
  assert.ok(allow("http://chat.example.org:8000", "Chat.Example.org:8000"));
  assert.ok(!allow("http://chat.example.org:8000", "chat.example.org"));
  assert.ok(!allow("https://evil.example", "chat.example.org"));
  assert.ok(!allow("https://chat.example.org", undefined));
  assert.ok(!allow("null", "null"));
  assert.ok(!allow("nonsense", "nonsense"));
});

Deno.test("createAllowOrigin does not take the own host for allowed where origins are listed", () => {
  const allow = createAllowOrigin({ origins: ["https://a.example"], allowOwnOrigin: false });
  assert.ok(!allow("https://chat.example.org", "chat.example.org"));
});
