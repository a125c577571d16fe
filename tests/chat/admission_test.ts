import assert from "node:assert/strict";
import { createAdmission } from "../../chat/admission.ts";
import type { SocketListener, Upgrade } from "../../chat/socket/socket.ts";
import { AppError } from "../../lib/errors.ts";
import { insertTicket } from "../../lib/sql/tickets.ts";
import { hashToken, newToken } from "../../lib/tokens.ts";
import { signUp, startTestServer, type TestServer } from "../support/api_server.ts";
import { eventually } from "../support/deadline.ts";
import { createFakeSocket } from "../support/fake_socket.ts";
import { openRaw, type RawAnswer, type RawSocket, upgradeRequest } from "../support/raw_socket.ts";

const listener: SocketListener = {
  text: () => {},
  binary: () => {},
  heard: () => {},
  closed: () => {},
};

function setUp(capacity: number) {
  const now = { connections: 0, delay: 0 };
  const admission = createAdmission({
    capacity,
    connections: () => now.connections,
    delay: () => now.delay,
  });
  const refused: AppError[] = [];
  /** Undefined if there was no place. */
  const enter = (isGone = false): Upgrade | undefined =>
    admission.enter({
      header: (name) => name,
      accept: () => {
        if (isGone) return undefined;
        now.connections++;
        return createFakeSocket();
      },
      refuse: (error) => void refused.push(error),
    });
  return { admission, now, refused, enter };
}

Deno.test("createAdmission counts those who are let in and not accepted yet", () => {
  const { admission, now, refused, enter } = setUp(3);
  const [one, two, three] = [enter(), enter(), enter()];
  assert.ok(one && two && three);
  assert.equal(one.header("x"), "x");
  assert.equal(enter(), undefined);
  assert.equal(admission.open, false);
  // Accepted they are sockets, which are counted by others, and once.
  assert.ok(one.accept(listener));
  assert.equal(now.connections, 1);
  assert.equal(enter(), undefined);
  // A ticket that was no good, and a client that is gone: both leave their places.
  two.refuse(new AppError("unauthenticated", "no ticket"));
  const gone = enter(true);
  assert.ok(gone);
  assert.equal(enter(), undefined);
  assert.equal(gone.accept(listener), undefined);
  assert.ok(enter());
  assert.equal(enter(), undefined);
  const codes = refused.map(({ code, retryAfter }) => [code, (retryAfter ?? 0) > 0]);
  assert.deepEqual(codes.filter(([code]) => code === "unauthenticated"), [
    ["unauthenticated", false],
  ]);
  assert.equal(codes.filter(([code, soon]) => code === "unavailable" && soon).length, 4);
});

Deno.test("createAdmission lets nobody in while the event loop is late, nor once it is closed", () => {
  const { admission, now, refused, enter } = setUp(10);
  now.delay = 499;
  assert.ok(enter());
  now.delay = 500;
  assert.equal(enter(), undefined);
  now.delay = 20;
  assert.ok(enter());
  assert.equal(admission.open, true);
  admission.close();
  assert.equal(enter(), undefined);
  assert.equal(admission.open, false);
  assert.deepEqual(refused.map(({ code }) => code), ["unavailable", "unavailable"]);
});

/** Nobody is sent to a full node: these are tickets from before it was. */
async function tickets({ database }: TestServer, session: string, count: number) {
  return await Promise.all(Array.from({ length: count }, async () => {
    const ticket = newToken();
    const hash = hashToken(ticket);
    await insertTicket(database.sql, { hash, session, node: "node-1", seconds: 600 });
    return ticket;
  }));
}

async function knock(
  { port }: TestServer,
  ticket: string | undefined,
): Promise<{ socket: RawSocket; answer: RawAnswer }> {
  const headers = { "Authorization": `Bearer ${ticket}` };
  const socket = await openRaw(port, upgradeRequest("/api/v1/chat", headers));
  return { socket, answer: await socket.answer() };
}

/** Repeats a request for a socket until it is not refused with 503; the ticket stays good. */
async function knockUntilIn(server: TestServer, ticket: string | undefined): Promise<RawSocket> {
  let inside: RawSocket | undefined;
  await eventually(
    async () => {
      const { socket, answer } = await knock(server, ticket);
      if (answer.status === 101) inside = socket;
      else {
        assert.equal(answer.status, 503);
        socket[Symbol.dispose]();
      }
      return answer.status === 101;
    },
    "a place",
    60_000,
  );
  return inside ?? assert.fail();
}

function assertRefused(answer: RawAnswer): void {
  assert.equal(answer.status, 503);
  assert.match(answer.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
}

Deno.test("a chat node refuses sockets past its capacity or while it is late, and keeps those it has", async (t) => {
  let delay = 0;
  await using server = await startTestServer({
    node: { id: "node-1", url: undefined, region: "local", capacity: 3, weight: 1 },
  }, () => delay);
  const person = await signUp(server);
  const [first, ...more] = await tickets(server, person.grant.session, 12);
  using stack = new DisposableStack();
  const held: RawSocket[] = [];
  const enter = async (ticket: string | undefined) => {
    const { socket, answer } = await knock(server, ticket);
    stack.use(socket);
    if (answer.status === 101) held.push(socket);
    return answer;
  };

  await t.step("the fourth of those who come at once, and none of the others", async () => {
    const answers = await Promise.all(more.slice(0, 8).map(enter));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [
      ...[101, 101, 101],
      ...[503, 503, 503, 503, 503],
    ]);
    for (const answer of answers) if (answer.status !== 101) assertRefused(answer);
    // Nor anybody whose ticket is no good: it is not even looked at.
    assertRefused((await knock(server, "made-up")).answer);
  });

  await t.step("and nobody is sent here, until somebody leaves", async () => {
    await eventually(
      async () => (await person.call("POST", "/tickets", {})).status === 503,
      "that the node says that it is full",
      60_000,
    );
    held.pop()?.[Symbol.dispose]();
    held.push(stack.use(await knockUntilIn(server, first)));
    held.pop()?.[Symbol.dispose]();
    await eventually(
      async () => (await person.call("POST", "/tickets", {})).status === 201,
      "that the node says that there is a place",
      60_000,
    );
  });

  await t.step("while the loop is late, and lets people in once it is not", async () => {
    delay = 500;
    const ticket = more[9];
    const { answer, socket } = await knock(server, ticket);
    stack.use(socket);
    assertRefused(answer);
    delay = 499;
    held.push(stack.use(await knockUntilIn(server, ticket)));
    // Those who were in have been kept.
    for (const socket of held) assert.ok(await socket.frame(), "session.ready");
  });
});
