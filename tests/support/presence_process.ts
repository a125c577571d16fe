/** A node's status service in a process of its own: says who is there, and waits to be killed. */
import { openKv } from "../../lib/kv/open.ts";
import { createLog } from "../../lib/log.ts";
import { realTimers } from "../../lib/timers.ts";
import { createStatus } from "../../status/service.ts";
import { createSpeakingNode } from "./speaking_node.ts";

const [path = "", node = "", ...people] = Deno.args;
const kv = await openKv(path);
const status = createStatus({
  kv,
  clock: { now: () => Date.now() },
  timers: realTimers,
  log: createLog("text"),
  balance: "least-connections",
});
const speaking = createSpeakingNode(status, node);
await speaking.renew();
await speaking.write(new Map(people.map((user) => [user, "online"])));
Deno.stdout.writeSync(new TextEncoder().encode("said\n"));
await new Promise((resolve) => setTimeout(resolve, 60_000));
