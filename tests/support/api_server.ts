/** The whole server in this process, on a database of its own, and people who use it. */
import type { Config } from "../../lib/config.ts";
import type { SessionGrant } from "../../lib/protocol/model.ts";
import { type Database, openDatabase } from "../../lib/sql/open.ts";
import { startServer } from "../../server.ts";
import { checkAnswer } from "./answer_checker.ts";
import { copyTemplate } from "./databases.ts";
import { eventually } from "./deadline.ts";
import { createFakeLog } from "./fake_services.ts";

export type Answer = {
  status: number;
  headers: Headers;
  /** Parsed where it is JSON, the text where it is not. Tests look into it without ceremony. */
  body: Body;
};

/** What a test reads of an answer: the fields it names, or nothing. */
export type Body = { readonly [field: string]: Body } & { readonly length?: number };

export type CallOptions = {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
};

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  readonly log: ReturnType<typeof createFakeLog>;
  readonly config: Config;
  /** The server's database, by a connection of the test's own. */
  readonly database: Database;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
}

const API = "/api/v1";

/** @param delay by how much its event loop is late: nobody is refused because this machine is busy */
export async function startTestServer(
  change: Partial<Config> = {},
  delay: () => number = () => 0,
): Promise<TestServer> {
  await using cleanup = new AsyncDisposableStack();
  const dataDir = await Deno.makeTempDir({ prefix: "parley-" });
  cleanup.defer(() => Deno.remove(dataDir, { recursive: true }));
  await copyTemplate(dataDir);
  const log = createFakeLog();
  const config: Config = {
    mode: "dev",
    host: "127.0.0.1",
    port: 0,
    dataDir,
    database: { kind: "embedded", directory: dataDir },
    kvPath: ":memory:",
    files: { kind: "disk", directory: `${dataDir}/files` },
    quota: 1024 ** 3,
    largestFile: 1024 ** 3,
    previews: false,
    bus: { kind: "broadcast" },
    mailUrl: "mailbox:",
    mailFrom: undefined,
    acceptedSecret: undefined,
    admins: new Set(),
    logLevel: "info",
    secret: "b6f1c0de77a94e0d8f5a3c21904be7d6",
    origins: [],
    allowOwnOrigin: true,
    roles: new Set(["gate", "chat", "status", "verify"]),
    statusUrls: [],
    verifyUrls: [],
    node: { id: "node-1", url: undefined, region: "local", capacity: 20_000, weight: 1 },
    balance: "least-connections",
    workers: 1,
    trustedProxies: [],
    limits: false,
    ...change,
  };
  const server = cleanup.use(await startServer(config, { log, delay }));
  const database = cleanup.use(
    await openDatabase({ kind: "socket", path: `${dataDir}/socket/.s.PGSQL.5432` }),
  );
  const origin = `http://127.0.0.1:${server.port}`;
  const resources = cleanup.move();
  return {
    port: server.port,
    origin,
    log,
    config,
    database,
    call: createCall(origin),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Calls the server at `origin` by plain requests. Every answer is what the server's document says. */
export function createCall(origin: string): TestServer["call"] {
  return async (method, path, { token, body, headers } = {}) => {
    const forDevelopers = path.startsWith("/dev");
    const response = await fetch(forDevelopers ? origin + path : origin + API + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      redirect: "manual",
      ...(body !== undefined && {
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    });
    const text = await response.text();
    const { status } = response;
    const difference = forDevelopers
      ? undefined
      : checkAnswer(method, API + path, { status, headers: response.headers, text });
    if (difference !== undefined) {
      throw new Error(`${method} ${path}: ${status}, but ${difference}\n${text.slice(0, 500)}`);
    }
    const isJson = response.headers.get("content-type")?.includes("json");
    return {
      status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    };
  };
}

export const PASSWORD = "correct horse battery";

let people = 0;

export function newName(): string {
  return `person${++people}`;
}

type Called = Pick<TestServer, "call">;

/** The newest code that was mailed to `email`. The mail may have to come from another isolate. */
export async function readCode(server: Called, email: string): Promise<string> {
  let code: unknown;
  await eventually(async () => {
    const { body } = await server.call("GET", `/dev/mailbox?to=${encodeURIComponent(email)}`);
    code = body.mails?.[0]?.code;
    return code !== undefined;
  }, `the mail to ${email}`);
  return String(code);
}

export type Person = {
  name: string;
  email: string;
  id: string;
  grant: SessionGrant;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
};

/** Signs a new person up as everybody does: by a code from the mailbox. */
export async function signUp(server: Called, name = newName()): Promise<Person> {
  const email = `${name}@example.org`;
  await server.call("POST", "/verification-codes", { body: { email, purpose: "register" } });
  const code = await readCode(server, email);
  const { status, body } = await server.call("POST", "/accounts", {
    body: { email, code, username: name, password: PASSWORD },
  });
  if (status !== 201) throw new Error(`sign-up: ${status} ${JSON.stringify(body)}`);
  const grant = body as unknown as SessionGrant;
  return {
    name,
    email,
    id: grant.user.id,
    grant,
    call: (method, path, body) =>
      server.call(method, path, {
        token: grant.accessToken,
        ...(body !== undefined && { body }),
      }),
  };
}

/** Makes two people contacts; the answer is their conversation. */
export async function befriend(one: Person, other: Person): Promise<string> {
  await one.call("POST", "/contact-requests", { user: other.id });
  const { body } = await other.call("POST", "/contact-requests", { user: one.id });
  return String(body.conversation?.id);
}
