import type { DatabaseConfig } from "../../lib/config.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { openDatabase } from "../../lib/sql/open.ts";
import { createServerProcess } from "../../tests/support/server_process.ts";
import { inventCast, SECRET, seedCast, seedMessages } from "../seed.ts";
import type { System } from "./system.ts";

/** The server as people run it: its own process, its own permissions, its own database. */
export function parley(database: "embedded" | "postgresql"): System {
  return {
    name: "Parley",
    database,
    start: async ({ count, seating, length, inspector }, postgres) => {
      await using cleanup = new AsyncDisposableStack();
      let config: DatabaseConfig;
      if (database === "embedded") {
        const directory = await Deno.makeTempDir({ prefix: "parley-bench-" });
        cleanup.defer(() => Deno.remove(directory, { recursive: true }));
        config = { kind: "embedded", directory };
      } else {
        const url = await postgres.createDatabase();
        // Its vacuum and checkpoints would go on in the next run's time.
        cleanup.defer(() => postgres.dropDatabase(url));
        config = { kind: "server", url };
      }
      const cast = await seed(config, inventCast(count, seating));
      const server = cleanup.use(
        await createServerProcess(
          config,
          { PARLEY_SECRET: SECRET, PARLEY_LIMITS: "off" },
          inspector === undefined ? {} : { options: [`--inspect=127.0.0.1:${inspector}`] },
        ),
      );
      await server.start();
      const { port } = new URL(server.origin);
      const resources = cleanup.move();
      return {
        address: { hostname: "127.0.0.1", port: Number(port) },
        cast,
        tickets: true,
        pid: server.pid,
        [Symbol.asyncDispose]: () => resources.disposeAsync(),
      };

      async function seed(config: DatabaseConfig, invented: ReturnType<typeof inventCast>) {
        await using open = await openDatabase(config);
        await migrate(open.sql);
        const cast = await seedCast(open.sql, invented, seating);
        if (length > 0) await seedMessages(open.sql, cast, length);
        return cast;
      }
    },
  };
}
