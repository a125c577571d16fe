import assert from "node:assert/strict";
import { noteLeasedOrigins } from "../../chat/leased_origins.ts";
import { createStatus } from "../../status/service.ts";
import { createFakeClock } from "../support/clock.ts";
import { createReport } from "../support/speaking_node.ts";
import { statusParts } from "../support/status_parts.ts";

Deno.test("noteLeasedOrigins knows who else has a lease, as of the last renewal", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = createFakeClock();
  const { nodes } = createStatus(statusParts({ kv, clock }));
  const leased = noteLeasedOrigins(nodes);
  const [own, one, two] = ["own", "far.1", "far.2"].map((node) => createReport({ node }));
  assert.ok(own !== undefined && one !== undefined && two !== undefined);
  await leased.nodes.renew(own);
  const known = () => ["own", "far", "far.1", "far.2", ""].filter(leased.has);
  assert.deepEqual(known(), []);
  await nodes.renew(one);
  await nodes.renew(two);
  await leased.nodes.renew(own);
  assert.deepEqual(known(), ["far.1", "far.2"]);
  clock.advance(10_000);
  await nodes.renew(two);
  clock.advance(10_000);
  await leased.nodes.renew(own);
  assert.deepEqual(known(), ["far.2"]);
});
