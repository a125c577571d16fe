import assert from "node:assert/strict";
import { Hono } from "hono";
import type { Envelope } from "../../lib/bus/bus.ts";
import { createClientAddress } from "../../lib/client_address.ts";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/ids.ts";
import type { Language } from "../../lib/protocol/codes.ts";
import { keepLanguage } from "../../lib/sql/languages.ts";
import { readSecurityEvents } from "../../lib/sql/security_events.ts";
import { insertSession, rotateSession } from "../../lib/sql/sessions.ts";
import { createTokens } from "../../lib/tokens.ts";
import type { Env, Gate } from "../../routes/context.ts";
import { createRefresh } from "../../routes/refresh_session.ts";
import type { Notice } from "../../verify/requests.ts";
import { createFakeClock } from "../support/clock.ts";
import { testWithDatabase } from "../support/databases.ts";
import { eventually } from "../support/deadline.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { seedUser } from "../support/seed.ts";
import { TEST_SECRET } from "../support/test_server.ts";

type Case = { what: string; tell: () => Promise<void>; language?: Language };
const taken = () => Promise.resolve();
const cases: Case[] = [
  { what: "is taken", tell: taken },
  { what: "is taken and in the owner's language", tell: taken, language: "en" },
  { what: "is refused", tell: () => Promise.reject(new AppError("unavailable", "no mail today")) },
  { what: "hangs", tell: () => new Promise(() => {}) },
];
for (const { what, tell, language } of cases) {
  testWithDatabase(
    `a theft is answered, stored and told to the nodes, whether the mail about it ${what}`,
    async ({ sql }) => {
      const clock = createFakeClock();
      const tokens = createTokens(TEST_SECRET, clock);
      const [user, session] = [await seedUser(sql), newId()];
      if (language !== undefined) await keepLanguage(sql, user, language);
      await insertSession(sql, { id: session, userId: user, device: "Ann's phone", ip: "" });
      await rotateSession(sql, session, 1, "");
      await sql`update sessions set rotations = array[now() - interval '11 seconds']
        where id = ${session}`;
      const told: Notice[] = [];
      const published: Envelope[] = [];
      const log = createFakeLog();
      const verify = {
        tell: (notice: Notice) => {
          told.push(notice);
          return tell();
        },
      };
      const bus = { publish: (envelope: Envelope) => published.push(envelope) };
      const clientAddress = createClientAddress([]);
      // The rest of a gate it has no use for.
      const gate = { sql, clock, tokens, log, verify, bus, clientAddress } as unknown as Gate;
      const refresh = createRefresh(gate);
      const app = new Hono<Env>()
        .onError((error, c) => c.text(error instanceof AppError ? error.code : String(error), 401))
        .post(
          "/",
          async (c) => c.json(await refresh(c, tokens.issueRefresh({ session, generation: 1 }))),
        );
      const asked = new Request("http://gate/", {
        method: "POST",
        headers: { "accept-language": "zh-CN" },
      });
      const answer = await app.fetch(asked, {
        incoming: { socket: { remoteAddress: "192.0.2.9" } },
      });
      assert.equal(await answer.text(), "unauthenticated");
      const reason = "refresh-token-reused";
      assert.deepEqual(published, [{ kind: "session-ended", session, reason }]);
      const { events } = await readSecurityEvents(sql, user, { limit: 2 });
      assert.deepEqual(events.map(({ type, device, ip }) => [type, device, ip]), [
        [reason, "Ann's phone", "192.0.2.9"],
      ]);
      await eventually(() => told.length === 1, "the mail is asked for");
      const [{ to = "", name = "", ...notice } = {}] = told;
      assert.ok(to.startsWith(name) && to.endsWith("@example.org"));
      assert.deepEqual(notice, {
        kind: "session-stolen",
        // Whoever has the copy does not choose what its owner is warned in.
        language: language ?? "zh-CN",
        at: new Date(clock.now()).toISOString(),
        device: "Ann's phone",
        ip: "192.0.2.9",
      });
      if (what === "is refused") {
        await eventually(() => log.lines.some((line) => line.includes("no mail today")), "the log");
      }
    },
  );
}
