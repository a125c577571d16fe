/** A web on loopback, with names that only its test knows. */
import type { Outside } from "../../lib/previews/outside.ts";

export type World = { outside: Outside; origin: (name: string) => string; asked: string[] };

/** A web of servers by name, all of them on one port here. Only `names` may be reached. */
export async function withWorld(
  answer: (request: Request, origin: World["origin"]) => Response | Promise<Response>,
  run: (world: World) => Promise<void>,
  change: Partial<Outside> = {},
): Promise<void> {
  const asked: string[] = [];
  const { promise: listening, resolve } = Promise.withResolvers<number>();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => resolve(port),
    onError: () => new Response(null, { status: 500 }),
  }, (request) => {
    asked.push(new URL(request.url).host.split(":")[0] + new URL(request.url).pathname);
    return answer(request, origin);
  });
  const port = await listening;
  const origin = (name: string) => `http://${name}:${port}`;
  const outside: Outside = {
    // The part of the "public" is played by 127.0.0.1, that of a private network by 127.0.0.2.
    resolve: (host) => Promise.resolve(host === "inside.test" ? ["127.0.0.2"] : ["127.0.0.1"]),
    mayReach: (address) => address === "127.0.0.1",
    within: 2_000,
    ...change,
  };
  try {
    await run({ outside, origin, asked });
  } finally {
    await server.shutdown();
  }
}
