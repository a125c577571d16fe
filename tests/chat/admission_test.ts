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

function setUp(capacity: number, ofNetwork?: number, comes?: (network: string) => number) {
  const now = { connections: 0, delay: 0 };
  const admission = createAdmission({
    capacity,
    connections: () => now.connections,
    delay: () => now.delay,
    ofNetwork,
    comes,
  });
  const refused: AppError[] = [];
  const accepted: SocketListener[] = [];
  /** Undefined if there was no place. */
  const enter = (isGone = false, address = "192.0.2.1"): Upgrade | undefined =>
    admission.enter({
      address,
      header: (name) => name,
      accept: (listener) => {
        if (isGone) return undefined;
        now.connections++;
        accepted.push(listener);
        return createFakeSocket();
      },
      refuse: (error) => void refused.push(error),
    });
  return { admission, now, refused, accepted, enter };
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

Deno.test("createAdmission lets a network come so often, whether or not its tickets are any good", () => {
  let left = 2;
  const { refused, enter } = setUp(100, 3, (network) => {
    if (network !== "192.0.2.1") return 0;
    return left-- > 0 ? 0 : 1_500;
  });
  for (let n = 0; n < 2; n++) enter()?.refuse(new AppError("unauthenticated", "no ticket"));
  assert.equal(enter(), undefined);
  assert.deepEqual(refused.slice(2).map(({ code, retryAfter }) => [code, retryAfter]), [
    ["rate-limited", 2],
  ]);
  assert.ok(enter(false, "192.0.2.2"));
});

Deno.test("createAdmission lets a network have so many sockets, and others theirs", () => {
  const { refused, accepted, enter } = setUp(100, 3);
  const [one, two, three] = [enter(), enter(), enter()];
  assert.ok(one && two && three);
  assert.equal(enter(), undefined);
  assert.deepEqual(refused.map(({ code, retryAfter }) => [code, retryAfter]), [
    ["rate-limited", 30],
  ]);
  // Those of one IPv6 customer are one network.
  for (let n = 0; n < 3; n++) assert.ok(enter(false, `2001:db8::${n}`));
  assert.equal(enter(false, "2001:db8::9"), undefined);
  assert.ok(enter(false, "2001:db8:0:1::9"));
  // A place is free again when a socket closes, a ticket was no good, or the client is gone; once.
  let told = 0;
  one.accept({ ...listener, closed: () => told++ });
  assert.equal(enter(), undefined);
  accepted[0]?.closed(1000);
  assert.equal(told, 1);
  two.refuse(new AppError("unauthenticated", "no ticket"));
  const again = [enter(true), enter()];
  assert.ok(again[0] && again[1]);
  assert.equal(enter(), undefined);
  again[0].accept(listener);
  assert.ok(enter());
  assert.equal(enter(), undefined);
  // Without an address nobody is counted.
  for (let n = 0; n < 10; n++) assert.ok(enter(false, ""));
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

Deno.test("a chat node lets an account have 32 sockets, and refuses more before the upgrade", async () => {
  await using server = await startTestServer({ limits: true });
  const [ann, ben] = [await signUp(server), await signUp(server)];
  using stack = new DisposableStack();
  const all = await tickets(server, ann.grant.session, 36);
  const entered = await Promise.all(all.slice(0, 35).map((ticket) => knock(server, ticket)));
  for (const { socket } of entered) stack.use(socket);
  const refused = entered.filter(({ answer }) => answer.status !== 101);
  assert.deepEqual(refused.map(({ answer }) => answer.status), [429, 429, 429]);
  for (const { answer } of refused) assert.equal(answer.headers.get("retry-after"), "30");
  const [other] = await tickets(server, ben.grant.session, 1);
  const { socket, answer } = await knock(server, other);
  stack.use(socket);
  assert.equal(answer.status, 101);
  // Those who are in were not disturbed, and one who leaves makes room.
  for (const { socket, answer } of entered) {
    if (answer.status === 101) assert.ok(await socket.frame(), "session.ready");
  }
  entered.find(({ answer }) => answer.status === 101)?.socket[Symbol.dispose]();
  await eventually(async () => {
    const [ticket] = await tickets(server, ann.grant.session, 1);
    const { socket, answer } = await knock(server, ticket);
    stack.use(socket);
    return answer.status === 101;
  }, "a place");
});

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
