/** What holds for every route and every frame, whoever asks. */
import assert from "node:assert/strict";
import { ClientFrames, type ClientFrameType } from "../../lib/protocol/frames.ts";
import { readRoutes } from "../support/route_table.ts";
import { askRoute, nameOf, outcomeOfFrame, outcomeOfRoute, type RouteAsk } from "./ask.ts";
import { frameCases } from "./cases/frames.ts";
import { routeCases } from "./cases/routes.ts";
import { readMatrix } from "./matrix.ts";
import { testOnStage } from "./stage.ts";
import { readDigest } from "./world.ts";

const { alike } = await readMatrix();

/** Every way to ask every route. */
const CASES = Object.entries(routeCases).flatMap(([name, ways]) =>
  Object.entries(ways).map(([what, row]) => ({ name, what, row }))
);
const UNKNOWN = { nobody: "knows this field" };

testOnStage(
  "without a session that is live nobody gets anywhere, whatever they send",
  async (stage) => {
    const world = await stage.restore();
    const ended = await stage.otherSession("owner", true);
    const live = stage.credentials("owner");
    const tokens = {
      "no token": undefined,
      "garbage": "garbage",
      "an ended session's token": ended.token,
      "a refresh token": live.refreshToken,
      "a token that was tampered with": live.token.slice(0, -2) +
        (live.token.at(-2) === "A" ? "B" : "A") +
        live.token.slice(-1),
    };
    const problems: string[] = [];
    for (const { name, what, row } of CASES) {
      const ask = row.ask(world, "owner");
      const own = alike.find((one) => one.name === name && one.what === what);
      const expected = own?.without ?? "unauthenticated";
      // Whoever has a link needs no session, but it counts only as long as the one it was made in.
      const arranged = own !== undefined && row.arrange !== undefined;
      if (arranged) await row.arrange?.(stage.database.sql, world);
      const spoilt: RouteAsk = { ...ask, ...(ask.body && { body: UNKNOWN }), path: ["x", "y"] };
      for (const [which, token] of Object.entries(tokens)) {
        // Where nobody needs a session it is asked once: twice is too often for some.
        if (expected !== "unauthenticated" && token !== undefined) continue;
        const outcome = outcomeOfRoute(await askRoute(stage.origin, name, ask, token));
        if (outcome !== expected) problems.push(`${name} ${what} with ${which}: ${outcome}`);
        // Nor is anything told about a request that nobody could have made.
        if (expected !== "unauthenticated" || arranged) continue;
        if (name === "POST /sessions/refresh") continue;
        const about = outcomeOfRoute(await askRoute(stage.origin, name, spoilt, token));
        if (about !== expected) problems.push(`${name} ${what}, spoilt, with ${which}: ${about}`);
      }
    }
    assert.deepEqual(problems, []);
  },
);

testOnStage(
  "every body and every query refuses a field that is not known, by its path",
  async (stage) => {
    const problems: string[] = [];
    for (const name of readRoutes().map(nameOf)) {
      const ways = CASES.filter((one) => one.name === name).map(({ row }) => row);
      const [first] = ways;
      if (first === undefined) throw new Error(`nobody knows how to ask ${name}`);
      const world = await stage.restore();
      const asks = ways.map((row) => row.ask(world, "owner"));
      const ask = asks.find(({ body }) => body !== undefined) ??
        asks.find(({ query }) => query !== undefined) ?? first.ask(world, "owner");
      // So that what is asked without one is known to take none.
      const part = name.startsWith("GET ") ? "query" : "body";
      const takes = ask[part] !== undefined;
      const before = await readDigest(stage.database.sql);
      const { token } = await stage.otherSession(ask.as ?? "owner");
      const spoilt = { ...ask, [part]: { ...ask[part], ...UNKNOWN } };
      const answer = await askRoute(stage.origin, name, spoilt, token);
      const refused = answer.status === 422 && pathsOf(answer.text).includes("nobody");
      if (refused !== takes) problems.push(`${name}: ${answer.status} ${answer.text}`);
      if (!takes) continue;
      assert.deepEqual(await readDigest(stage.database.sql), before, name);
    }
    assert.deepEqual(problems, []);
  },
);

function pathsOf(problem: string): string[] {
  const { errors = [] }: { errors?: { path: string }[] } = JSON.parse(problem);
  return errors.map(({ path }) => path);
}

testOnStage("every frame refuses a field that is not known, by its name", async (stage) => {
  const world = await stage.restore();
  const before = await readDigest(stage.database.sql);
  for (const type of Object.keys(ClientFrames) as ClientFrameType[]) {
    const [row] = Object.values(frameCases[type] ?? {});
    if (row === undefined) throw new Error(`nobody knows how to ask ${type}`);
    const answer = await stage.socket("owner").ask({
      type,
      ...row.ask(world, "owner"),
      ...UNKNOWN,
    });
    assert.equal(outcomeOfFrame(answer), "invalid", type);
    assert.match(answer, /nobody/);
  }
  assert.deepEqual(await readDigest(stage.database.sql), before);
});
