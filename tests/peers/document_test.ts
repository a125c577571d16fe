/**
 * Requests made of the interface's own document, to a real server: whatever it is asked, it answers as
 * the document says, and takes what that allows. In a long form:
 * `deno test -A tests/peers/document_test.ts -- --cases=100000`
 */
import assert from "node:assert/strict";
import { CreateSession } from "../../lib/protocol/requests.ts";
import { createDocument, type Document } from "../../routes/openapi/document.ts";
import { createAnswerChecker } from "../support/answer_checker.ts";
import { createCampaign, tell } from "../support/campaign.ts";
import { createCases, type DocumentCase } from "../support/document_cases.ts";
import { createCompiler } from "../support/document_schemas.ts";
import { type HttpAnswer, openHttpLine } from "../support/http_line.ts";
import { startPeerServer } from "../support/peer_server.ts";
import { createRandom } from "../support/random.ts";
import { readHandlers } from "../support/route_table.ts";
import { seedTalkers } from "../support/seed.ts";

const campaign = createCampaign("tests/peers/document_test.ts", 3_000);
const CONNECTIONS = 6;
const BATCH = 25;
const PEOPLE = 6;
/** One in so many cases may have a password hashed, which takes longer than all the others. */
const HASHED_EVERY = 100;

/** What no schema can say: whether a password is easily guessed, what an earlier page's `next` was. */
const JUDGED = new Set(["password", "before"]);

Deno.test("the server answers as its document says, and takes what that allows", async () => {
  await using server = await startPeerServer();
  const served = await (await fetch(`${server.origin}/openapi.json`)).json() as Document;
  const here = createDocument(readHandlers(), served.info.version as string);
  assert.deepEqual(served, JSON.parse(JSON.stringify(here)), "the server serves this tree's");
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => server.person()));
  const users = people.map(({ id }) => id);
  const { sql } = server.database;
  const conversations = await seedTalkers(sql, users, 2);
  const names = await sql<{ name: string }[]>`select username as name from users`;
  const check = createAnswerChecker(served);
  const cases = createCases(served, {
    id: [...conversations, ...conversations, ...users],
    user: users,
    users,
    members: users,
    query: names.map(({ name }) => name.slice(0, 6)),
    login: names.map(({ name }) => name),
    limit: [1, 20, "1", "20"],
    password: ["correct horse battery"],
  });
  const forgives = createForgiveness(served);

  const outcomes = new Map<string, number>();
  const count = (what: string) => void outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
  let hashes = Math.ceil(campaign.count / HASHED_EVERY);
  let next = campaign.first;
  const end = campaign.first + campaign.count;

  const work = async (_: unknown, index: number) => {
    const user = users[index % PEOPLE];
    let line = await openHttpLine(server.port);
    const ask = async (request: DocumentCase): Promise<HttpAnswer> => {
      for (let tries = 0; tries < 2; tries++) {
        await line.write(bytesOf(request));
        const answer = await line.answer();
        if (answer !== undefined) return answer;
        // A connection that is used again may have been closed by then; a new one may not.
        line[Symbol.dispose]();
        line = await openHttpLine(server.port);
      }
      throw new Error("the connection ended without an answer");
    };
    while (next < end) {
      const first = next;
      const last = next = Math.min(end, first + BATCH);
      // What ends a session does so for one of its own, or little else would be let in.
      const [staying, leaving] = [await server.person(user), await server.person(user)];
      const [token, other] = [await staying.token(), await leaving.token()];
      for (let number = first; number < last; number++) {
        const random = createRandom(campaign.seed, number);
        const request = cases.make(random, (method) => method === "DELETE" ? other : token);
        if (hashesPassword(request) && --hashes < 0) continue;
        try {
          const answer = await ask(request);
          count(`${request.operation}: ${Math.floor(answer.status / 100)}xx`);
          judge(request, answer);
        } catch (error) {
          const shown = new TextDecoder().decode(bytesOf(request).subarray(0, 2_000));
          throw new Error(`${campaign.replay(number, 1)}\n${shown}`, { cause: error });
        }
      }
    }
    line[Symbol.dispose]();
  };

  const judge = (request: DocumentCase, { status, headers, body }: HttpAnswer) => {
    const { allowed } = request;
    assert.notEqual(status, 500, body);
    const { pathname } = new URL(request.path, server.origin);
    // A path may lead out of the interface, to the page.
    if (status !== 200 || served.paths[pathname] !== undefined || pathname.startsWith("/api/")) {
      const difference = check(request.method, pathname, { status, headers, text: body });
      assert.equal(difference, undefined, body);
    }
    if (allowed === true && (status === 422 || status === 415)) {
      const { errors = [] }: { errors?: { path: string }[] } = JSON.parse(body);
      const paths = errors.map(({ path }) => path);
      assert.ok(
        paths.length > 0 && paths.every((path) => JUDGED.has(path)),
        `the document allows it: ${body}`,
      );
      count("refused for what no schema says");
    }
    if (allowed === false && status < 300) {
      assert.ok(forgives(request), `the document does not allow it, and it was answered ${status}`);
      count("forgiven");
    }
    count(allowed === undefined ? "odd" : allowed ? "allowed" : "not allowed");
  };

  const began = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }).map(work));
  await server.checkUnharmed();
  const seconds = Math.round((performance.now() - began) / 1000);
  const counted = [...outcomes].sort().map(([what, times]) => `${what} ${times}`).join("\n  ");
  tell(`${campaign.count} requests in ${seconds} s, seed ${campaign.seed}\n  ${counted}`);
  if (campaign.count < 3_000) return;
  for (const operation of cases.operations) {
    assert.ok(["2xx", "4xx"].some((each) => outcomes.has(`${operation}: ${each}`)), operation);
  }
  for (const what of ["allowed", "not allowed", "odd"]) {
    assert.ok((outcomes.get(what) ?? 0) > campaign.count / 20, what);
  }
});

/** The server passes over space around some texts, and capitals: only then it takes what is not allowed. */
function createForgiveness(document: Document): (request: DocumentCase) => boolean {
  const compile = createCompiler(document, { closed: false });
  const bodies = new Map(
    Object.values(document.paths).flatMap((methods) => Object.values(methods)).map((operation) => {
      const schema = operation.requestBody?.content["application/json"]?.schema;
      return [operation.operationId, schema && compile(schema)] as const;
    }),
  );
  return ({ operation, body }) => {
    if (body === undefined) return false;
    const plain: unknown = JSON.parse(
      body,
      (_, value) => typeof value === "string" ? value.trim().toLowerCase() : value,
    );
    return bodies.get(operation)?.(plain) ?? false;
  };
}

function bytesOf({ method, path, headers, body }: DocumentCase): Uint8Array {
  const content = new TextEncoder().encode(body ?? "");
  const head = [
    `${method} ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    ...headers,
    ...(body === undefined ? [] : [`Content-Length: ${content.length}`]),
  ];
  return new Uint8Array([
    ...new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`),
    ...content,
  ]);
}

const HASHING = new Set(["changePassword", "changeEmail", "deleteAccount"]);

function hashesPassword({ operation, body, allowed }: DocumentCase): boolean {
  if (HASHING.has(operation)) return allowed === true;
  if (operation !== "signIn" || body === undefined) return false;
  try {
    return CreateSession.safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
}
