/** Two people at different processes talk as if they were at one. */
import assert from "node:assert/strict";
import { migrate } from "../../lib/sql/migrate.ts";
import { openDatabase } from "../../lib/sql/open.ts";
import { ageLog } from "../support/aged_log.ts";
import { tell } from "../support/campaign.ts";
import { findNats, startNats } from "../support/nats_server.ts";
import { findPostgres, startPostgres } from "../support/postgres_server.ts";
import { createServerProcess } from "../support/server_process.ts";
import { measureTalk, type Place, summaryOf } from "../support/talk_across.ts";
import { TEST_SECRET } from "../support/test_server.ts";
import { withinOption } from "../support/within_option.ts";

const NODES = ["one", "two", "three"];
/**
 * Milliseconds. 10 is the aim, and what a machine reaches that does nothing else:
 * `chrt -r 5 deno test … -- --within=10`. A shared one gets enough to notice what falls behind.
 */
const WITHIN = withinOption(1_000);
const WINDOWS = 3;

Deno.test({
  name: "three processes: 1,000 messages a second from people at one to people at another",
  ignore: findPostgres() === undefined || findNats() === undefined,
  fn: async () => {
    await using cleanup = new AsyncDisposableStack();
    const postgres = cleanup.use(await startPostgres());
    const nats = cleanup.use(await startNats());
    const config = { kind: "server", url: await postgres.createDatabase() } as const;
    const { sql } = cleanup.use(await openDatabase(config));
    await migrate(sql);
    await ageLog(sql);
    const directory = await Deno.makeTempDir({ prefix: "parley-" });
    cleanup.defer(() => Deno.remove(directory, { recursive: true }));
    const places = await Promise.all(NODES.map(async (node): Promise<Place> => {
      const server = cleanup.use(
        await createServerProcess(config, {
          PARLEY_SECRET: TEST_SECRET,
          PARLEY_NODE_ID: node,
          PARLEY_KV_URL: `${directory}/kv.sqlite`,
          PARLEY_BUS_URL: `nats://127.0.0.1:${nats.port}`,
        }),
      );
      await server.start();
      return { port: server.port, node };
    }));
    const { p99, told } = summaryOf(await measureTalk(sql, places, WINDOWS));
    tell(`from one process to another: ${told}`);
    assert.ok(p99 <= WITHIN, told);
  },
});
