/**
 * HTTP requests that were tampered with, to every route that the app has. In a long form:
 * `deno test -A tests/peers/mutated_requests_test.ts -- --cases=1000000`
 */
import assert from "node:assert/strict";
import type * as z from "zod";
import {
  ChangeEmail,
  ChangePassword,
  CreateSession,
  DeleteAccount,
} from "../../lib/protocol/requests.ts";
import { ERROR_STATUS } from "../../lib/protocol/codes.ts";
import { createCampaign, tell } from "../support/campaign.ts";
import { type HttpAnswer, type HttpLine, openHttpLine } from "../support/http_line.ts";
import { type PeerServer, startPeerServer } from "../support/peer_server.ts";
import { createRandom } from "../support/random.ts";
import {
  exampleBody,
  exampleQuery,
  makeRequest,
  SCHEMAS,
  type World,
} from "../support/request_cases.ts";
import { readRoutes, type Route } from "../support/route_table.ts";
import { seedTalkers } from "../support/seed.ts";

const campaign = createCampaign("tests/peers/mutated_requests_test.ts", 20_000);
const CONNECTIONS = 8;
const BATCH = 25;
const PEOPLE = 6;
/** One in so many cases may have a password hashed, which takes longer than all the others. */
const HASHED_EVERY = 100;
/** Milliseconds that a request which may never be complete has before it is broken off. */
const INCOMPLETE = 200;

/** The page's files are behind no route of their own. */
const PAGE: readonly Route[] = ["/:file", "/assets/:file", "/index.html/:file"]
  .map((path) => ({ method: "GET", path }));

type Target = Route & { schema: z.ZodObject | undefined };

Deno.test("the server answers mutated requests with a problem or with what they ask for", async () => {
  await using server = await startPeerServer();
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => server.person()));
  const { sql } = server.database;
  const users = people.map(({ id }) => id);
  const conversations = await seedTalkers(sql, users, 1);
  const world: World = { users, conversations, ids: [...users, ...conversations] };
  const targets = await findTargets(server, world);

  const outcomes = new Map<string, number>();
  const count = (what: string) => void outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
  let hashes = Math.ceil(campaign.count / HASHED_EVERY);
  let next = campaign.first;
  const end = campaign.first + campaign.count;

  const work = async (_: unknown, index: number) => {
    let line = await openHttpLine(server.port);
    const user = users[index % PEOPLE];
    while (next < end) {
      const first = next;
      const last = next = Math.min(end, first + BATCH);
      const staying = await server.person(user);
      const leaving = await server.person(user);
      // What signs out does so for a session of its own, or little else would be let in.
      const own = { token: await staying.token(), refreshToken: leaving.refreshToken };
      const other = { token: await leaving.token(), refreshToken: leaving.refreshToken };
      for (let number = first; number < last; number++) {
        const random = createRandom(campaign.seed, number);
        const target = random.pick(targets);
        const credentials = target.method === "DELETE" ? other : own;
        const { bytes, alone } = makeRequest(random, target, target.schema, credentials, world);
        if (hashesPassword(target, bytes) && --hashes < 0) continue;
        try {
          if (alone) {
            const statuses = await askAlone(server.port, bytes);
            count(`alone: ${statuses.join("+") || "ended"}`);
            continue;
          }
          let answer = await ask(line, bytes);
          if (answer === undefined) {
            // A connection that is used again may have been closed by then; a new one may not.
            line[Symbol.dispose]();
            line = await openHttpLine(server.port);
            count("connections that the server closed");
            answer = await ask(line, bytes);
          }
          assert.ok(answer !== undefined, "the connection ended without an answer");
          count(`${target.method} ${target.path}: ${Math.floor(answer.status / 100)}xx`);
        } catch (error) {
          const shown = new TextDecoder().decode(bytes.subarray(0, 2_000));
          throw new Error(`${campaign.replay(number, 1)}\n${shown}`, { cause: error });
        }
      }
    }
    line[Symbol.dispose]();
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }).map(work));

  await server.checkUnharmed();
  const seconds = Math.round((performance.now() - began) / 1000);
  const counted = [...outcomes].sort().map(([what, times]) => `${what} ${times}`).join("\n  ");
  tell(`${campaign.count} requests in ${seconds} s, seed ${campaign.seed}\n  ${counted}`);
  if (campaign.count < 20_000) return;
  for (const { method, path } of targets) {
    assert.ok(
      outcomes.has(`${method} ${path}: 4xx`) || outcomes.has(`${method} ${path}: 2xx`),
      path,
    );
  }
});

/** Every route, and the schema of its body or query: the one whose example it takes. */
async function findTargets(server: PeerServer, world: World): Promise<Target[]> {
  const random = createRandom(1);
  const targets: Target[] = [];
  for (const route of [...readRoutes(), ...PAGE]) {
    const path = route.path.replace(/:\w+/g, () => random.pick(world.ids));
    const isGet = route.method === "GET";
    const takes = async (query: string, body?: string): Promise<boolean> => {
      const token = await (await server.person(world.users[0])).token();
      const answer = await fetch(`${server.origin}${path}?${query}`, {
        method: route.method,
        headers: { "authorization": `Bearer ${token}`, "content-type": "application/json" },
        ...(body !== undefined && { body }),
      });
      const text = await answer.text();
      return answer.ok || JSON.parse(text).code !== "invalid";
    };
    const fits = async (schema: z.ZodObject, left?: string) =>
      isGet
        ? await takes(exampleQuery(schema, random, world, left))
        : await takes("", exampleBody(schema, random, world));
    const find = async () => {
      for (const schema of SCHEMAS) if (await fits(schema)) return schema;
      // A field of a query may only take what an earlier answer gave.
      for (const schema of isGet ? SCHEMAS : []) {
        for (const left of Object.keys(schema.shape)) if (await fits(schema, left)) return schema;
      }
      throw new Error(`no schema in requests.ts fits ${route.method} ${path}`);
    };
    const unknown = '{"nobody":"knows this field"}';
    const takesAll = isGet ? await takes("nobody=knows") : await takes("", unknown);
    targets.push({ ...route, schema: takesAll ? undefined : await find() });
  }
  assert.ok(targets.filter(({ schema }) => schema !== undefined).length >= 12);
  return targets;
}

async function ask(line: HttpLine, bytes: Uint8Array): Promise<HttpAnswer | undefined> {
  await line.write(bytes);
  const answer = await line.answer();
  if (answer !== undefined) checkAnswer(answer);
  return answer;
}

/** Sends a request after which nothing more comes, and takes whatever it is answered with. */
async function askAlone(port: number, bytes: Uint8Array): Promise<number[]> {
  using line = await openHttpLine(port);
  await line.write(bytes);
  const first = line.answer();
  const timer = Promise.withResolvers<void>();
  const timeout = setTimeout(timer.resolve, INCOMPLETE);
  await Promise.race([first, timer.promise]);
  clearTimeout(timeout);
  await line.finish();
  const statuses: number[] = [];
  for (let answer = await first; answer !== undefined; answer = await line.answer()) {
    checkAnswer(answer);
    statuses.push(answer.status);
  }
  return statuses;
}

function checkAnswer({ status, headers, body }: HttpAnswer): void {
  assert.ok(status < 500, `status ${status}: ${body}`);
  if (status < 400) return;
  assert.equal(headers.get("content-type"), "application/problem+json", `of ${status}`);
  const problem: { status: number; code: string } = JSON.parse(body);
  assert.equal(problem.status, status);
  assert.ok(Object.hasOwn(ERROR_STATUS, problem.code) && problem.code !== "internal", body);
}

const COMPARING: readonly unknown[] = [CreateSession, ChangePassword, ChangeEmail, DeleteAccount];

function hashesPassword({ schema }: Target, bytes: Uint8Array): boolean {
  if (schema === undefined || !COMPARING.includes(schema)) return false;
  const request = new TextDecoder().decode(bytes);
  const from = request.indexOf("{");
  try {
    const body: unknown = JSON.parse(request.slice(from, request.lastIndexOf("}") + 1));
    return schema.safeParse(body).success;
  } catch {
    return false;
  }
}
