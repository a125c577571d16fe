import assert from "node:assert/strict";
import { ENVIRONMENT_VARIABLES, readConfig } from "../../lib/config.ts";
import { StartError } from "../../lib/errors.ts";

const SECRET = "b6f1c0de77a94e0d8f5a3c21904be7d6";

/** The one line that `environment` is refused with. */
function refusal(
  environment: Record<string, string | undefined>,
  mode: "dev" | "start" = "dev",
): string {
  try {
    readConfig(environment, mode);
  } catch (error) {
    assert.ok(error instanceof StartError, String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: `accepted ${JSON.stringify(environment)}` });
}

Deno.test("readConfig needs nothing under dev", () => {
  const { node, ...config } = readConfig({}, "dev");
  assert.deepEqual(config, {
    mode: "dev",
    host: "127.0.0.1",
    port: 8000,
    dataDir: "./data",
    database: { kind: "embedded", directory: "./data" },
    kvPath: "./data/kv.sqlite",
    bus: { kind: "broadcast" },
    files: { kind: "disk", directory: "./data/files" },
    quota: 10 * 1024 ** 3,
    largestFile: 4 * 1024 ** 3,
    previews: true,
    mailUrl: "mailbox:",
    mailFrom: undefined,
    secret: undefined,
    acceptedSecret: undefined,
    admins: new Set(),
    origins: ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"],
    allowOwnOrigin: true,
    roles: new Set(["gate", "chat", "status", "verify"]),
    statusUrls: [],
    verifyUrls: [],
    balance: "least-connections",
    workers: 1,
    trustedProxies: [],
    limits: true,
    logLevel: "info",
  });
  const { id: _, ...rest } = node;
  assert.deepEqual(rest, { url: undefined, region: "local", capacity: 20_000, weight: 1 });
  assert.notEqual(node.id, readConfig({}, "dev").node.id);
});

Deno.test("readConfig listens to everyone under start, trusts no loopback, and wants mail", () => {
  // Only verify mails.
  const gate = {
    PARLEY_ROLES: "gate,chat,status",
    PARLEY_VERIFY_URL: "http://10.0.0.1:8000",
    DATABASE_URL: "postgres://db",
  };
  assert.deepEqual(readConfig(gate, "start").verifyUrls, ["http://10.0.0.1:8000"]);
  assert.match(refusal({}, "start"), /^PARLEY_MAIL_URL is not set/);
  const config = readConfig({ PARLEY_MAIL_URL: "mailbox:" }, "start");
  assert.deepEqual([config.host, config.origins, config.allowOwnOrigin], ["0.0.0.0", [], true]);
});

Deno.test("readConfig takes an empty value for an unset one", () => {
  const environment = Object.fromEntries(ENVIRONMENT_VARIABLES.map((name) => [name, ""]));
  const { node: _, ...config } = readConfig(environment, "dev");
  const { node: __, ...unset } = readConfig({}, "dev");
  assert.deepEqual(config, unset);
});

Deno.test("readConfig takes every value that makes sense", () => {
  const config = readConfig({
    HOST: "::1",
    PORT: "0",
    DATABASE_URL: "postgres://someone:hunter2@db.internal:6432/parley?sslmode=require",
    PARLEY_DATA_DIR: "/var/lib/parley//",
    PARLEY_KV_URL: "/var/lib/kv.sqlite",
    PARLEY_SECRET: SECRET,
    PARLEY_ORIGINS: "https://chat.example.org, http://localhost:3000",
    PARLEY_NODE_ID: "node-1.a",
    PARLEY_NODE_URL: "wss://node-1.example.org/api/v1/chat",
    PARLEY_ROLES: "gate, chat",
    PARLEY_STATUS_URL: "http://10.0.0.2:8000, http://10.0.0.3:8000",
    PARLEY_VERIFY_URL: "https://verify.internal",
    PARLEY_REGION: "eu-1",
    PARLEY_CAPACITY: "500",
    PARLEY_WEIGHT: "3",
    PARLEY_BALANCE: "ip-hash",
    PARLEY_WORKERS: "4",
    PARLEY_TRUSTED_PROXIES: "127.0.0.1,10.0.0.0/8,fd00::/8",
    PARLEY_LIMITS: "off",
    PARLEY_MAIL_URL: "mailbox:",
    PARLEY_MAIL_FROM: "parley@example.org",
    PARLEY_ACCEPTED_SECRET: SECRET.toUpperCase(),
    PARLEY_ADMINS: "Ann@Example.org, ben@example.org",
    PARLEY_LOG: "debug",
    PARLEY_BUS_URL: "nats://ann:p%40ss@bus-1.internal,nats://bus-2.internal:4223/",
    PARLEY_FILES_QUOTA: "500",
    PARLEY_FILES_LARGEST: "100",
    PARLEY_PREVIEWS: "off",
    UNRELATED: "anything",
  }, "start");
  assert.deepEqual(config, {
    mode: "start",
    host: "::1",
    port: 0,
    dataDir: "/var/lib/parley",
    database: {
      kind: "server",
      url: "postgres://someone:hunter2@db.internal:6432/parley?sslmode=require",
    },
    kvPath: "/var/lib/kv.sqlite",
    bus: {
      kind: "nats",
      servers: ["bus-1.internal:4222", "bus-2.internal:4223"],
      user: "ann",
      password: "p@ss",
    },
    files: { kind: "disk", directory: "/var/lib/parley/files" },
    quota: 500 * 1024 ** 2,
    largestFile: 100 * 1024 ** 2,
    previews: false,
    mailUrl: "mailbox:",
    mailFrom: "parley@example.org",
    secret: SECRET,
    acceptedSecret: SECRET.toUpperCase(),
    admins: new Set(["ann@example.org", "ben@example.org"]),
    origins: ["https://chat.example.org", "http://localhost:3000"],
    allowOwnOrigin: false,
    roles: new Set(["gate", "chat"]),
    statusUrls: ["http://10.0.0.2:8000", "http://10.0.0.3:8000"],
    verifyUrls: ["https://verify.internal"],
    node: {
      id: "node-1.a",
      url: "wss://node-1.example.org/api/v1/chat",
      region: "eu-1",
      capacity: 500,
      weight: 3,
    },
    balance: "ip-hash",
    workers: 4,
    trustedProxies: ["127.0.0.1", "10.0.0.0/8", "fd00::/8"],
    limits: false,
    logLevel: "debug",
  });
});

const nonsense: Record<string, string[]> = {
  PORT: ["http", "-1", "65536", "80.5", "8000 ", "0x50", "1e3"],
  DATABASE_URL: [
    "mysql://localhost/parley",
    "localhost",
    "postgres://",
    "postgres://localhost:99999/x",
  ],
  PARLEY_KV_URL: ["https://kv.example.org"],
  PARLEY_BUS_URL: [
    "nats://",
    "nats://localhost/path",
    "nats://localhost:99999",
    "nats://a,redis://b",
    "nats://ann:%zz@a",
    "nats://ann:secret@a,nats://ann:other@b",
    "nats://a,nats://ann:secret@b",
    "broadcast",
    "redis://localhost",
    "postgres:",
  ],
  PARLEY_MAIL_URL: [
    "mailbox",
    "smtp:",
    "smtp://",
    "smtp://localhost:99999",
    "smtp://localhost/path",
    "smtp://ann@localhost",
    "smtp://ann:%zz@localhost",
    "smtp://ann:a%0d%0ab@localhost",
    "smtp://localhost?tls=never",
    "smtp://localhost?tls=optional&tls=required",
    "smtp://localhost?pool=yes",
    "smtps://localhost?tls=optional",
    "http://localhost",
  ],
  PARLEY_FILES_URL: [
    "files",
    "/var/lib/files",
    "file:",
    "file://host/files",
    "file:/a,/etc",
    "s3:",
    "s3://",
    "s3://host/bucket",
    "s3://key@host/bucket",
    "s3://:secret@host/bucket",
    "s3://key:secret@host",
    "s3://key:secret@host/",
    "s3://key:secret@host:99999/bucket",
    "s3://key:%zz@host/bucket",
    "s3://key:a%0ab@host/bucket",
    "s3://key:se/cret@host/bucket",
    "s3://key:secret@host/Bucket",
    "s3://key:secret@host/bucket//files",
    "s3://key:secret@host/bucket/a%2fb",
    "s3://key:secret@host/bucket#part",
    "s3://key:secret@host/bucket?region=",
    "s3://key:secret@host/bucket?region=a&region=b",
    "s3://key:secret@host/bucket?tls=never",
    "s3://key:secret@host/bucket?acl=public-read",
    "https://key:secret@host/bucket",
  ],
  PARLEY_FILES_QUOTA: ["0", "lots", "1e3", "1000001"],
  PARLEY_FILES_LARGEST: ["0", "-1", "1.5"],
  PARLEY_PREVIEWS: ["yes", "ON"],
  PARLEY_SECRET: [
    "short",
    "changeme".repeat(8),
    "Secret-Secret-Secret-Secret-Secret-Secret",
    "a".repeat(64),
    "12".repeat(32),
  ],
  PARLEY_ORIGINS: [
    "chat.example.org",
    "https://chat.example.org/",
    "https://chat.example.org/path",
    "https://ok.example.org,",
    "*",
    "null",
    "ftp://chat.example.org",
    "HTTPS://chat.example.org",
  ],
  PARLEY_NODE_ID: ["a b", "a".repeat(65), "ä"],
  PARLEY_NODE_URL: [
    "http://node.example.org",
    "node",
    "wss://[nonsense",
    "ws://node:99999",
    "ws://10.0.0.2/chat",
  ],
  PARLEY_ROLES: ["everything", "gate,", ","],
  PARLEY_WORKERS: ["0", "many", "-2", "65", "1.5"],
  PARLEY_STATUS_URL: ["status", "http://status/path", "http://status", "http://a,b"],
  PARLEY_VERIFY_URL: ["nats://verify", "http://verify"],
  PARLEY_TRUSTED_PROXIES: ["proxy", "10.0.0.1/33", "10.0.0.0/8/8", "*"],
  PARLEY_REGION: ["a b", "a/b"],
  PARLEY_CAPACITY: ["0", "lots", "1e3"],
  PARLEY_WEIGHT: ["0", "heavy", "1001"],
  PARLEY_BALANCE: ["fair", "LEAST-CONNECTIONS"],
  PARLEY_LIMITS: ["yes", "ON", "0"],
  PARLEY_LOG: ["verbose", "INFO"],
  PARLEY_MAIL_FROM: ["parley", "Parley <parley@example.org>", "a@b\nbcc: c@d"],
  PARLEY_ACCEPTED_SECRET: ["short", "changeme".repeat(8)],
  PARLEY_ADMINS: ["ann", "ann@example.org,", "*"],
};
for (const [name, values] of Object.entries(nonsense)) {
  Deno.test(`readConfig says in one line what is wrong with ${name}`, () => {
    for (const value of values) {
      const line = refusal({ [name]: value });
      assert.ok(line.startsWith(name), `${value}: ${line}`);
      assert.ok(!line.includes("\n"), line);
      assert.ok(line.length > name.length + 10, line);
    }
  });
}

const contradictions: [string, Record<string, string>, RegExp][] = [
  [
    "nobody knows the chat nodes",
    { PARLEY_ROLES: "gate,chat,verify" },
    /^PARLEY_STATUS_URL is not set/,
  ],
  ["nobody makes codes", { PARLEY_ROLES: "gate,chat,status" }, /^PARLEY_VERIFY_URL is not set/],
  ["a service is here and elsewhere", { PARLEY_VERIFY_URL: "http://verify" }, /leave one of them/],
  [
    "processes would share an embedded database",
    { PARLEY_ROLES: "status,verify" },
    /^DATABASE_URL is not set/,
  ],
  [
    "news would not reach the sockets",
    {
      PARLEY_ROLES: "gate,status,verify",
      DATABASE_URL: "postgres://localhost/x",
    },
    /^PARLEY_BUS_URL=broadcast: reaches no other process/,
  ],
  [
    "nobody could say where the sockets are",
    {
      PARLEY_ROLES: "chat",
      PARLEY_STATUS_URL: "http://status",
      PARLEY_BUS_URL: "nats://localhost",
      DATABASE_URL: "postgres://localhost/x",
    },
    /^PARLEY_NODE_URL is not set/,
  ],
  [
    "two logs would be on one bus",
    { PARLEY_BUS_URL: "nats://localhost" },
    /^DATABASE_URL is not set, and PARLEY_BUS_URL reaches other processes/,
  ],
  [
    "mails would come from nobody",
    { PARLEY_MAIL_URL: "smtp://localhost" },
    /^PARLEY_MAIL_FROM is not set/,
  ],
  [
    "each isolate would have codes of its own",
    { PARLEY_WORKERS: "2", PARLEY_KV_URL: ":memory:" },
    /^PARLEY_KV_URL=:memory: is each isolate's own/,
  ],
];
for (const [what, environment, line] of contradictions) {
  Deno.test(`readConfig refuses settings with which ${what}`, () => {
    assert.match(refusal(environment), line);
  });
}

const withSecrets: Record<string, string> = {
  PARLEY_SECRET: "hunter2",
  DATABASE_URL: "mysql://parley:hunter2@db.internal/parley",
  PARLEY_MAIL_URL: "smtp://parley:hunter2@mail.example.org/path",
  PARLEY_BUS_URL: "nats://parley:hunter2@bus.internal:4222/path",
  PARLEY_KV_URL: "https://token:hunter2@kv.example.org",
  PARLEY_FILES_URL: "s3://parley:hunter2/@s3.example.org/bucket",
  PARLEY_STATUS_URL: "http://parley:hunter2@status.internal",
};
for (const [name, value] of Object.entries(withSecrets)) {
  Deno.test(`readConfig prints no password that stands in ${name}`, () => {
    const line = refusal({ [name]: value });
    assert.ok(line.startsWith(name), line);
    assert.ok(!line.includes("hunter2"), line);
  });
}

Deno.test("readConfig knows a folder and a bucket when it sees one", () => {
  const filesOf = (url: string) => readConfig({ PARLEY_FILES_URL: url }, "dev").files;
  for (
    const [url, directory] of [
      ["file:/srv/files", "/srv/files"],
      ["file:///srv/files//", "/srv/files"],
      ["file:./files/", "./files"],
      ["file:files", "files"],
      ["file:/srv/my files%20", "/srv/my files%20"],
      ["file:/", "/"],
    ] as const
  ) {
    assert.deepEqual(filesOf(url), { kind: "disk", directory }, url);
  }
  const bucket = {
    kind: "s3",
    endpoint: "https://s3.example.org",
    region: "us-east-1",
    bucket: "parley",
    prefix: "",
    accessKey: "AKIA",
    secretKey: "a/b+c@d%",
  };
  const keys = "AKIA:a%2Fb%2Bc%40d%25";
  for (
    const [rest, difference] of [
      ["s3.example.org/parley", {}],
      ["s3.example.org/parley/?tls=on", {}],
      ["s3.example.org:9000/parley/files?region=eu-1", {
        endpoint: "https://s3.example.org:9000",
        region: "eu-1",
        prefix: "files/",
      }],
      ["s3.example.org/parley/a/b/?tls=off", {
        endpoint: "http://s3.example.org",
        prefix: "a/b/",
      }],
      ["127.0.0.1:9000/parley", { endpoint: "http://127.0.0.1:9000" }],
      ["[::1]:9000/parley", { endpoint: "http://[::1]:9000" }],
      ["localhost/parley?tls=on", { endpoint: "https://localhost" }],
    ] as const
  ) {
    assert.deepEqual(filesOf(`s3://${keys}@${rest}`), { ...bucket, ...difference }, rest);
  }
});

Deno.test("readConfig takes any secret that is long and random", () => {
  const random = [
    SECRET,
    "f3a9".repeat(4) + "0b7c52d18e64".repeat(4),
    // Digits alone, as a password generator makes them.
    "90721846350917264385016273849506172839405162",
    "пДщжЛыБхЮкЦэЗьЪфЯщЪЕГпКМ",
    "long enough words that nobody has ever put together before",
  ];
  for (const secret of random) {
    assert.equal(readConfig({ PARLEY_SECRET: secret }, "dev").secret, secret);
  }
});

Deno.test("readConfig counts the bytes of a secret, not its characters", () => {
  assert.match(refusal({ PARLEY_SECRET: "0123456789abcdef0123456789abcde" }), /32 bytes/);
  readConfig({ PARLEY_SECRET: "0123456789abcdef0123456789abcdeé" }, "dev");
});

Deno.test("readConfig knows every variable that the documentation names", () => {
  for (const name of ["PARLEY_ADMINS", "PARLEY_REGION", "PARLEY_CAPACITY"]) {
    assert.ok(ENVIRONMENT_VARIABLES.includes(name), `${name} would be ignored without a word`);
  }
});
