/** The shipped deploy/nginx.conf, in a real nginx, in front of two gates and two chat nodes. */
import assert from "node:assert/strict";
import { HEARTBEAT } from "../../chat/heartbeat.ts";
import { hashPassword } from "../../lib/passwords.ts";
import { LIMITS } from "../../lib/protocol/codes.ts";
import type { SessionGrant } from "../../lib/protocol/model.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { type Database, openDatabase } from "../../lib/sql/open.ts";
import { eventually } from "../support/deadline.ts";
import { findNats, startNats } from "../support/nats_server.ts";
import { findNginx, type NginxServer, startNginx } from "../support/nginx_server.ts";
import { findPostgres, startPostgres } from "../support/postgres_server.ts";
import { freePort } from "../support/ports.ts";
import { seedUser } from "../support/seed.ts";
import { createServerProcess, type ServerProcess } from "../support/server_process.ts";
import { createTlsClient, type TlsClient } from "../support/tls_client.ts";

type Stage = AsyncDisposable & {
  database: Database;
  nginx: NginxServer;
  client: TlsClient;
  gates: readonly ServerProcess[];
  login: string;
};

const PASSWORD = "a password behind a proxy";
const SECRET = "a secret that both gates and both nodes have";

let stage: Promise<Stage> | undefined;
Deno.test.afterAll(async () => await (await stage)?.[Symbol.asyncDispose]());

/** Registers a test that shares nginx and what is behind it with the others. */
function behindNginx(name: string, test: (stage: Stage) => Promise<void>): void {
  Deno.test({
    name: `deploy/nginx.conf ${name}`,
    ignore: [findNginx(), findPostgres(), findNats()].includes(undefined),
    sanitizeResources: false,
    sanitizeOps: false,
    fn: async () => await test(await (stage ??= openStage())),
  });
}

async function openStage(): Promise<Stage> {
  await using cleanup = new AsyncDisposableStack();
  const postgres = cleanup.use(await startPostgres());
  const url = await postgres.createDatabase();
  const nats = cleanup.use(await startNats());
  const shared = await Deno.makeTempDir({ prefix: "parley-" });
  cleanup.defer(() => Deno.remove(shared, { recursive: true }));
  const database = cleanup.use(await openDatabase({ kind: "server", url }));
  await migrate(database.sql);
  const id = await seedUser(database.sql, await hashPassword(PASSWORD));
  const [row] = await database.sql<{ username: string }[]>`
    select username from users where id = ${id}`;
  const login = row?.username ?? "";
  const ports = { tls: freePort(), plain: freePort() };
  const origin = `https://chat.example.org:${ports.tls}`;
  const start = async (settings: Record<string, string>) => {
    const server = await createServerProcess({ kind: "server", url }, {
      PARLEY_SECRET: SECRET,
      PARLEY_BUS_URL: `nats://127.0.0.1:${nats.port}`,
      PARLEY_ORIGINS: origin,
      PARLEY_TRUSTED_PROXIES: "127.0.0.1",
      ...settings,
    }, { shared });
    cleanup.use(server);
    await server.start();
    return server;
  };
  const behind = await start({ PARLEY_ROLES: "status,verify" });
  const pair = async (settings: (number: number) => Record<string, string>) => {
    const [one, two] = await Promise.all([1, 2].map((number) => start(settings(number))));
    assert.ok(one !== undefined && two !== undefined);
    return [one, two] as const;
  };
  const chats = await pair((number) => ({
    PARLEY_ROLES: "chat",
    PARLEY_STATUS_URL: behind.origin,
    PARLEY_NODE_ID: `node-${number}`,
    PARLEY_NODE_URL: `${origin.replace("https", "wss")}/nodes/${number}/api/v1/chat`,
  }));
  const gates = await pair(() => ({
    PARLEY_ROLES: "gate",
    PARLEY_STATUS_URL: behind.origin,
    PARLEY_VERIFY_URL: behind.origin,
  }));
  const nginx = cleanup.use(
    await startNginx({
      gates: [gates[0].port, gates[1].port],
      chats: [chats[0].port, chats[1].port],
    }, ports),
  );
  const client = createTlsClient(ports.tls, "chat.example.org", nginx.authority);
  const resources = cleanup.move();
  return {
    ...{ nginx, client, gates, login, database },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function signIn({ client, login }: Stage): Promise<{ cookie: string; access: string }> {
  const answer = await client.ask("POST", "/api/v1/sessions", {
    body: { login, password: PASSWORD, transport: "cookie" },
  });
  assert.equal(answer.status, 201, answer.text);
  const [cookie = ""] = answer.headers["set-cookie"] ?? [];
  const { accessToken } = JSON.parse(answer.text) as SessionGrant;
  return { cookie, access: `Bearer ${accessToken}` };
}

behindNginx(
  "serves the page over TLS and HTTP/2, and sends there whoever comes without",
  async (stage) => {
    const { client, nginx } = stage;
    const page = await client.ask("GET", "/");
    assert.equal(page.status, 200);
    assert.match(String(page.headers["content-type"]), /^text\/html/);
    assert.match(page.text, /<script type="module"/);
    // Once, by Parley: a second copy would be a list of two.
    assert.equal(page.headers["strict-transport-security"], "max-age=31536000");

    const plain = await fetch(`http://127.0.0.1:${nginx.plainPort}/a?b=c`, { redirect: "manual" });
    await plain.body?.cancel();
    assert.equal(plain.status, 301);
    assert.equal(plain.headers.get("location"), `${client.origin}/a?b=c`);

    const connection = await Deno.connect({ hostname: "127.0.0.1", port: nginx.port });
    using tls = await Deno.startTls(connection, {
      hostname: "chat.example.org",
      caCerts: [nginx.authority],
      alpnProtocols: ["h2"],
    });
    assert.equal((await tls.handshake()).alpnProtocol, "h2");
  },
);

behindNginx("shows no certificate to whoever asks for another name", async ({ nginx }) => {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: nginx.port });
  using tls = await Deno.startTls(connection, {
    hostname: "other.example.org",
    caCerts: [nginx.authority],
  });
  await assert.rejects(tls.handshake(), /UnrecognisedName/);
});

behindNginx("compresses the page's scripts and no answer of the interface", async (stage) => {
  const { client } = stage;
  const page = await client.ask("GET", "/");
  const script = /src="(\/assets\/[^"]+)"/.exec(page.text)?.[1] ?? "";
  const headers = { "accept-encoding": "gzip" };
  assert.equal((await client.ask("GET", script, { headers })).headers["content-encoding"], "gzip");
  const { access } = await signIn(stage);
  const answer = await client.ask("GET", "/api/v1/me", {
    headers: { ...headers, authorization: access },
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["content-encoding"], undefined);
});

behindNginx(
  "lets a browser sign in with a cookie that only https has, and refresh with it",
  async (stage) => {
    const { cookie } = await signIn(stage);
    assert.match(cookie, /^__Host-parley-refresh=[^;]+;.*\bHttpOnly\b/);
    assert.match(cookie, /; Secure/);
    const refreshed = await stage.client.ask("POST", "/api/v1/sessions/refresh", {
      headers: { cookie: cookie.split(";")[0] ?? "" },
      body: {},
    });
    assert.equal(refreshed.status, 200, refreshed.text);
  },
);

behindNginx("carries a WebSocket to the node that the ticket is for", async (stage) => {
  const { client } = stage;
  const { access } = await signIn(stage);
  const reached = new Set<string>();
  for (const exclude of [["node-1"], ["node-2"]]) {
    const answer = await client.ask("POST", "/api/v1/tickets", {
      headers: { authorization: access },
      body: { exclude },
    });
    const { url, ticket, node } = JSON.parse(answer.text);
    assert.ok(!exclude.includes(node), answer.text);
    const path = `/nodes/${node.replace("node-", "")}/api/v1/chat`;
    assert.equal(url, `${client.origin.replace("https", "wss")}${path}`);
    const protocols = ["parley.v1", `ticket.${ticket}`];
    const foreign = await client.connect(path, protocols, "https://evil.example.org");
    assert.deepEqual(foreign, { status: 403 });
    const opened = await client.connect(path, protocols);
    assert.ok("socket" in opened);
    const ready = JSON.parse(opened.first);
    assert.equal(ready.type, "session.ready");
    reached.add(ready.node);
    const pong = new Promise((resolve) => opened.socket.once("message", resolve));
    opened.socket.send(JSON.stringify({ type: "ping", ref: 1 }));
    assert.equal(JSON.parse(String(await pong)).type, "pong");
    const closed = new Promise((resolve) => opened.socket.once("close", resolve));
    opened.socket.close();
    await closed;
  }
  assert.deepEqual([...reached].sort(), ["node-1", "node-2"]);
});

behindNginx(
  "says who asks, whatever a client says of itself",
  async ({ client, login, database }) => {
    const headers = { "x-forwarded-for": "203.0.113.6", "x-real-ip": "203.0.113.6" };
    const body = { login, password: PASSWORD, transport: "body", device: "a liar" };
    // Not the address that nginx itself comes from.
    const answer = await client.ask("POST", "/api/v1/sessions", {
      headers,
      body,
      from: "127.0.0.2",
    });
    assert.equal(answer.status, 201, answer.text);
    const rows = await database.sql<{ ip: string }[]>`
    select ip from sessions where device = 'a liar'`;
    assert.deepEqual(rows.map(({ ip }) => ip), ["127.0.0.2"]);
  },
);

behindNginx("passes on nothing that is not for everybody", async ({ client, gates }) => {
  const hidden = [
    "/internal/status/pick",
    "/%69nternal/status/pick",
    "//internal/status/pick",
    "/api/../internal/status/pick",
    "/Internal/verify",
    "/internal",
    "/metrics",
    "/dev/mailbox",
    "/dev/mailbox.css",
    "/readyz",
    "/healthz",
    "/nodes/3/api/v1/chat",
    "/nodes/1/readyz",
  ];
  for (const path of hidden) {
    const answer = await client.ask("GET", path);
    assert.equal(answer.status, 404, path);
    assert.match(answer.text, /<center>nginx/, `${path} is refused by nginx itself`);
  }
  const near = await fetch(`${gates[0]?.origin}/readyz`);
  await near.body?.cancel();
  assert.equal(near.status, 200, "the gate itself answers");
});

behindNginx("takes a body as large as Parley does, and none that is larger", async ({ client }) => {
  const send = (length: number) =>
    client.ask("POST", "/api/v1/sessions", { body: { login: "x".repeat(length) } });
  const most = LIMITS.bodyBytes - JSON.stringify({ login: "" }).length;
  const [fits, more] = [await send(most), await send(most + 1)];
  assert.equal(JSON.parse(fits.text).code, "invalid");
  assert.equal(more.status, 413);
  assert.match(more.text, /nginx/);
});

behindNginx("takes a file that is larger than any other body", async (stage) => {
  const { client } = stage;
  const { access } = await signIn(stage);
  // Written as JSON, which a file may be as well.
  const body = "x".repeat(3 * LIMITS.bodyBytes);
  const answer = await client.ask("POST", "/api/v1/files", {
    body,
    headers: {
      authorization: access,
      "content-type": "application/offset+octet-stream",
      "tus-resumable": "1.0.0",
      "upload-length": String(body.length + 2),
      "upload-metadata": `filename ${btoa("a.json")}`,
    },
  });
  assert.equal(answer.status, 201, answer.text);
  assert.equal(answer.headers["upload-offset"], String(body.length + 2));
  const read = await client.ask("GET", String(answer.headers["location"]), {
    headers: { authorization: access, range: "bytes=1-3" },
  });
  assert.deepEqual([read.status, read.text], [206, "xxx"]);
});

behindNginx("leaves an idle socket open for longer than Parley itself does", async () => {
  const text = await Deno.readTextFile(new URL("../../deploy/nginx.conf", import.meta.url));
  const nodes = text.slice(text.indexOf("location /nodes/"));
  const [, minutes] = /proxy_read_timeout (\d+)m;/.exec(nodes) ?? [];
  assert.ok(Number(minutes) * 60 > 2 * HEARTBEAT, `${minutes} minutes`);
});

// The last ones, because they end what the others need.
behindNginx("goes to the other gate when one was killed, with whatever is asked", async (stage) => {
  const { client, gates } = stage;
  const { access } = await signIn(stage);
  await gates[0]?.kill();
  for (let count = 0; count < 10; count++) {
    const read = await client.ask("GET", "/api/v1/me", { headers: { authorization: access } });
    assert.equal(read.status, 200, read.text);
    const { status } = await client.ask("POST", "/api/v1/tickets", {
      headers: { authorization: access },
      body: {},
    });
    assert.equal(status, 201);
  }
});

behindNginx(
  "says as Parley would that nothing is there, and when to ask again",
  async ({ client, gates, nginx }) => {
    for (const gate of gates) await gate.kill();
    const answer = await client.ask("POST", "/api/v1/tickets", { body: {} });
    assert.equal(answer.status, 503);
    assert.equal(answer.headers["content-type"], "application/problem+json");
    assert.equal(answer.headers["retry-after"], "2");
    const { code, retryAfter } = JSON.parse(answer.text);
    assert.deepEqual({ code, retryAfter }, { code: "unavailable", retryAfter: 2 });

    const invited = await client.ask("POST", "/api/v1/invites/whoever-reads-this/accept", {});
    assert.equal(JSON.parse(invited.text).code, "unavailable");
    // nginx writes its line when the answer is sent, so the client may have read that first.
    // nginx writes its line once the answer is sent, so whoever asked may be quicker.
    const logged = async () => /\/api\/v1\/invites\/- 503/.test(await nginx.logs());
    await eventually(logged, "the line of a refused invitation");
    const logs = await nginx.logs();
    assert.doesNotMatch(logs, /whoever-reads-this/);
  },
);
