/** Machines whose clocks are ten minutes off, beside one whose clock is right. */
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { newId } from "../../lib/ids.ts";
import type { SessionGrant } from "../../lib/protocol/model.ts";
import { within } from "../support/deadline.ts";
import { readCode, until } from "../support/people.ts";
import { findPostgres, startPostgres } from "../support/postgres_server.ts";
import { createServerProcess, type ServerProcess } from "../support/server_process.ts";
import { TEST_SECRET } from "../support/test_server.ts";

const MINUTES = [0, 10, -10] as const;

Deno.test({
  name: "clocks that are ten minutes off break nothing, and are reported [postgresql]",
  ignore: findPostgres() === undefined,
  fn: async () => {
    await using cleanup = new AsyncDisposableStack();
    const postgres = cleanup.use(await startPostgres());
    const database = { kind: "server", url: await postgres.createDatabase() } as const;
    const directory = await Deno.makeTempDir({ prefix: "parley-" });
    cleanup.defer(() => Deno.remove(directory, { recursive: true }));
    const nodes: { server: ServerProcess; id: string; lines: string[] }[] = [];
    for (const [index, minutes] of MINUTES.entries()) {
      const lines: string[] = [];
      const id = `node${index}`;
      const shift = `${directory}/shift_${index}.ts`;
      await Deno.writeTextFile(shift, shiftedClock(minutes * 60_000));
      const environment: Record<string, string> = {
        PARLEY_SECRET: TEST_SECRET,
        PARLEY_KV_URL: `${directory}/kv.sqlite`,
        PARLEY_NODE_ID: id,
      };
      const server = cleanup.use(
        await createServerProcess(database, environment, {
          onLine: (line) => void lines.push(line),
          options: [
            `--preload=${shift}`,
            `--allow-read=${directory}`,
            `--allow-write=${directory}`,
          ],
        }),
      );
      environment.PARLEY_NODE_URL = `ws://127.0.0.1:${server.port}/api/v1/chat`;
      await server.start();
      nodes.push({ server, id, lines });
    }
    const at = (index: number) => {
      const node = nodes[index % nodes.length];
      if (node === undefined) throw new Error("there is no such node");
      return node;
    };

    for (const [index, minutes] of MINUTES.entries()) {
      const { server, lines } = at(index);
      const { reasons } = await (await fetch(`${server.origin}/readyz`)).json();
      const said = lines.filter((line) => line.includes('"clock.off"'));
      assert.equal(said.length, minutes === 0 ? 0 : 1, `reported where it is off: ${said}`);
      const way = minutes > 0 ? "ahead of" : "behind";
      const expected = new RegExp(`clock is (599|600|601) s ${way} the database's`);
      for (const text of minutes === 0 ? [] : [said[0] ?? "", String(reasons?.clock)]) {
        assert.match(text, expected);
      }
      if (minutes === 0) assert.equal(reasons?.clock, undefined);
    }

    // Each asks for the code at one node, signs up at the next, and goes on everywhere.
    const people: SessionGrant[] = [];
    for (let index = 0; index < MINUTES.length; index++) {
      const email = `person${index}@example.org`;
      await call(at(index), "POST", "/verification-codes", { email, purpose: "register" });
      const code = await readCode(at(index).server.origin, email);
      const account = {
        email,
        code,
        username: `person${index}`,
        password: "correct horse battery",
      };
      const grant = await call<SessionGrant>(at(index + 1), "POST", "/accounts", account);
      for (const node of nodes) await call(node, "GET", "/me", undefined, grant.accessToken);
      const { refreshToken } = grant;
      people.push(await call(at(index + 2), "POST", "/sessions/refresh", { refreshToken }));
    }
    const person = (index: number) => {
      const grant = people[index % people.length];
      if (grant === undefined) throw new Error("there is no such person");
      return grant;
    };
    for (const node of nodes) await call(node, "GET", "/me", undefined, person(0).accessToken);

    // A ticket of every gate for every node: all leases live, and all tickets hold.
    await until("each gate knows all nodes", async () => {
      for (const gate of nodes) {
        for (const node of nodes) {
          if (await ticketFor(gate, node, nodes, person(0)) === undefined) return false;
        }
      }
      return true;
    });
    const [one, other] = [person(0), person(1)];
    const request = await call<{ id: string }>(
      ...[at(1), "POST", "/contact-requests", { user: other.user.id }, one.accessToken] as const,
    );
    const path = `/contact-requests/${request.id}/accept`;
    const { conversation } = await call<{ conversation: { id: string } }>(
      ...[at(2), "POST", path, {}, other.accessToken] as const,
    );
    let said = 0;
    for (const gate of nodes) {
      for (const node of nodes) {
        const ticket = await ticketFor(gate, node, nodes, one) ?? "";
        await using chat = await open(node, ticket);
        assert.ok(isNow(chat.readyAt), "session.ready tells the time of the database");
        const sent = await chat.ask({
          ...{ type: "message.send", conversation: conversation.id, clientId: newId() },
          ...{ kind: "text", text: `${++said}` },
        });
        assert.equal(sent.type, "ok");
        assert.ok(isNow(sent.at), `a message of now: ${sent.at}`);
        // Somebody at another node looks at them there.
        const elsewhere = nodes[(nodes.indexOf(node) + 1) % nodes.length] ?? node;
        await using watcher = await open(
          elsewhere,
          await ticketFor(gate, elsewhere, nodes, other) ?? "",
        );
        await until("seen as online from the next node", async () => {
          const { presence } = await watcher.ask({ type: "presence.watch", users: [one.user.id] });
          return presence?.[0]?.state === "online";
        });
        const read = { type: "receipt.read", conversation: conversation.id, seq: sent.seq };
        assert.equal((await watcher.ask(read)).type, "ok");
        const { members } = await call<{ members: { user: { id: string }; readSeq: number }[] }>(
          ...[
            gate,
            "GET",
            `/conversations/${conversation.id}`,
            undefined,
            one.accessToken,
          ] as const,
        );
        assert.equal(members.find(({ user }) => user.id === other.user.id)?.readSeq, sent.seq);
      }
    }
    const { messages } = await call<{ messages: { text: string; at: string }[] }>(
      ...[
        at(1),
        "GET",
        `/conversations/${conversation.id}/messages`,
        undefined,
        one.accessToken,
      ] as const,
    );
    const texts = messages.filter(({ text }) => text !== "").map(({ text }) => text);
    assert.deepEqual(texts, Array.from({ length: said }, (_, index) => `${index + 1}`));
    const times = messages.map(({ at }) => at);
    assert.deepEqual(times, times.toSorted(), "times follow positions");
    for (const { server } of nodes) assert.equal(await server.stop(), 0);
  },
});

/** Puts this process's idea of the time off, before anything else is run. */
function shiftedClock(ms: number): string {
  return `const Real = Date;
globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length === 0) super(Real.now() + ${ms});
    else super(...given);
  }
  static now() {
    return Real.now() + ${ms};
  }
};
`;
}

type Node = { server: ServerProcess; id: string };

async function call<T>(
  { server }: Node,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<T> {
  const answer = await fetch(`${server.origin}/api/v1${path}`, {
    method,
    headers: {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** Of `gate`, for `node`; undefined where that gate does not send people there. */
async function ticketFor(
  gate: Node,
  node: Node,
  nodes: readonly Node[],
  { accessToken }: SessionGrant,
): Promise<string | undefined> {
  const exclude = nodes.filter((each) => each !== node).map(({ id }) => id);
  const { ticket, url } = await call<{ ticket: string; url: string }>(
    ...[gate, "POST", "/tickets", { exclude }, accessToken] as const,
  );
  return new URL(url).port === String(node.server.port) ? ticket : undefined;
}

type Answer = {
  type: string;
  at?: string;
  seq?: number;
  presence?: { state: string }[];
};

async function open({ server }: Node, ticket: string) {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/api/v1/chat`, [
    "parley.v1",
    `ticket.${ticket}`,
  ]);
  const ready = Promise.withResolvers<string>();
  const closed = Promise.withResolvers<void>();
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.on("error", () => {});
  socket.on("close", (code) => {
    ready.reject(new Error(`closed with ${code}`));
    closed.resolve();
  });
  socket.on("message", (data) => {
    const frame: Answer & { ref?: number } = JSON.parse(data.toString());
    if (frame.type === "session.ready") ready.resolve(String(frame.at));
    if (frame.ref !== undefined) waiting.get(frame.ref)?.(frame);
  });
  let refs = 0;
  return {
    readyAt: await within(ready.promise, "session.ready", 20_000),
    ask: (frame: object) => {
      const ref = ++refs;
      const { promise, resolve } = Promise.withResolvers<Answer>();
      waiting.set(ref, resolve);
      socket.send(JSON.stringify({ ...frame, ref }));
      return within(promise, `an answer to ${JSON.stringify(frame)}`, 20_000);
    },
    [Symbol.asyncDispose]: async () => {
      socket.terminate();
      await closed.promise;
    },
  };
}

/** This test's own clock is the database's. */
function isNow(at: string | undefined): boolean {
  return Math.abs(Date.parse(at ?? "") - Date.now()) < 60_000;
}
