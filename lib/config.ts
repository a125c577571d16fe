/** Checks the environment, which `main.ts` hands over: nothing else knows what a variable means. */
import { isIP } from "node:net";
import * as z from "zod";
import { StartError } from "./errors.ts";
import { newId } from "./ids.ts";
import { LOG_LEVELS, type LogLevel } from "./log.ts";
import { parseFilesUrl } from "./files_url.ts";
import { Email } from "./protocol/requests.ts";
import { parseSmtpUrl } from "./smtp_url.ts";
import { isThisMachine } from "./url_parts.ts";

export type Mode = "dev" | "start";

export const ROLES = ["gate", "chat", "status", "verify"] as const;
export type Role = (typeof ROLES)[number];

const BALANCES = ["least-connections", "round-robin", "weighted", "ip-hash"] as const;
/** How a chat node is chosen for a client. */
export type Balance = (typeof BALANCES)[number];

export type BusConfig =
  /** Across the isolates of this process. */
  | { kind: "broadcast" }
  /** Host and port of each server of one cluster. */
  | { kind: "nats"; servers: string[]; user: string | undefined; password: string | undefined };

/** Where the database is: embedded in a folder, on a server, or another isolate's socket. */
export type DatabaseConfig =
  | { kind: "embedded"; directory: string }
  | { kind: "server"; url: string }
  | { kind: "socket"; path: string };

/** Where the bytes of files are. */
export type FilesConfig =
  | { kind: "disk"; directory: string }
  /** Anything that speaks the S3 protocol. */
  | {
    kind: "s3";
    /** Its origin, such as https://s3.example.org. */
    endpoint: string;
    region: string;
    bucket: string;
    /** What every object's name begins with; empty, or ends in a slash. */
    prefix: string;
    accessKey: string;
    secretKey: string;
  };

export type Config = {
  mode: Mode;
  host: string;
  port: number;
  dataDir: string;
  database: DatabaseConfig;
  /** A path, or `:memory:`. */
  kvPath: string;
  bus: BusConfig;
  files: FilesConfig;
  /** Bytes that one person's files may have together, and one file. */
  quota: number;
  largestFile: number;
  /** Whether pages that messages name are fetched, to show what they are about. */
  previews: boolean;
  mailUrl: string;
  /** What mails come from; undefined where none are sent. */
  mailFrom: string | undefined;
  /** Undefined: take it from the data directory, and make it if it is not there. */
  secret: string | undefined;
  /** What another secret signed is taken as well, as long as secrets are being changed. */
  acceptedSecret: string | undefined;
  /** E-mail addresses of the service's operators. */
  admins: ReadonlySet<string>;
  /** Browser origins that may connect besides the one that the request itself names. */
  origins: string[];
  /** Whether the request's own host counts as an allowed origin. */
  allowOwnOrigin: boolean;
  /** The services that this process runs. */
  roles: ReadonlySet<Role>;
  /** Where the others are: origins to be tried in turn; empty for those that run here. */
  statusUrls: string[];
  verifyUrls: string[];
  /** What this process's chat node tells the status service. */
  node: {
    id: string;
    /** Its WebSocket address; undefined: that of the gate in this process. */
    url: string | undefined;
    region: string;
    /** Sockets that it may hold. */
    capacity: number;
    /** Its share where nodes are chosen by weight. */
    weight: number;
  };
  /** How the status service chooses a node. */
  balance: Balance;
  /** Isolates that share the port. */
  workers: number;
  /** Addresses or CIDR blocks of the proxies whose `X-Forwarded-For` counts. */
  trustedProxies: string[];
  limits: boolean;
  /** What is not less important than this is logged. */
  logLevel: LogLevel;
};

/** Codes, presence and leases are in the key-value store. */
export function usesKv({ roles }: Pick<Config, "roles">): boolean {
  return roles.has("status") || roles.has("verify");
}

/** Who tells others what people do, or hears of it. */
export function usesBus({ roles }: Pick<Config, "roles">): boolean {
  return roles.has("gate") || roles.has("chat");
}

const MEBIBYTE = 1024 * 1024;

const KNOWN_SECRETS = new Set(["changeme", "secret", "parley", "password"]);

/** A list, separated by commas. */
function list<T extends z.ZodType<unknown, string>>(element: T) {
  return z.string().transform((value) => value.split(",").map((part) => part.trim()))
    .pipe(z.array(element));
}

function wholeNumber(least: number, most: number) {
  const problem = `must be a whole number from ${least} to ${most}`;
  return z.string().regex(/^\d{1,9}$/, problem).transform(Number)
    .pipe(z.number().min(least, problem).max(most, problem));
}

function serviceUrl() {
  return z.string().refine(isOrigin, "must be origins such as http://10.0.0.2:8000");
}

function secret() {
  return z.string()
    .refine((value) => new TextEncoder().encode(value).length >= 32, "must have at least 32 bytes")
    .refine((value) => !isWellKnown(value), "is a well-known word; take `openssl rand -hex 32`")
    .optional();
}

const Environment = z.object({
  HOST: z.string().min(1).optional(),
  PORT: z.string().regex(/^\d{1,5}$/, "must be a port number from 0 to 65535")
    .transform(Number).pipe(z.number().max(65_535, "must be a port number from 0 to 65535"))
    .default(8000),
  DATABASE_URL: z.string().refine(
    (value) => /^postgres(ql)?:\/\/\S+$/.test(value) && URL.canParse(value),
    "must be a URL such as postgres://user:password@host:5432/name (unset: an embedded database)",
  ).optional(),
  PARLEY_DATA_DIR: z.string().regex(/^[^,]+$/, "must not contain a comma").default("./data"),
  PARLEY_KV_URL: z.string().regex(/^[^,]+$/, "must not contain a comma").refine(
    (value) => !/^\w+:\/\//.test(value),
    "must be a file's path; a KV server is not supported yet",
  ).optional(),
  PARLEY_BUS_URL: z.string().default("broadcast:").transform((value, context): BusConfig => {
    if (value === "broadcast:") return { kind: "broadcast" };
    const nats = natsConfig(value);
    if (nats !== undefined) return nats;
    context.addIssue(
      "must be broadcast: or nats://host:4222, several separated by commas, all with the same " +
        "name and password if any (postgres: is not supported yet)",
    );
    return z.NEVER;
  }),
  PARLEY_FILES_URL: z.string().transform((value, context): FilesConfig => {
    const files = parseFilesUrl(value);
    if (files !== undefined) return files;
    context.addIssue(
      "must be file:/path (without a comma) or s3://key:secret@host:9000/bucket/prefix?region=name " +
        "(with %2F for a / in the secret); s3: takes TLS unless the host is this machine or it has tls=off",
    );
    return z.NEVER;
  }).optional(),
  PARLEY_FILES_QUOTA: wholeNumber(1, 1_000_000).default(10_240),
  PARLEY_FILES_LARGEST: wholeNumber(1, 1_000_000).default(4_096),
  PARLEY_PREVIEWS: z.enum(["on", "off"], { error: "must be on or off" }).default("on"),
  PARLEY_MAIL_URL: z.string().refine(
    (value) => value === "mailbox:" || parseSmtpUrl(value) !== undefined,
    "must be mailbox:, smtp://name:password@host:587 or smtps://name:password@host:465 (with %40 for " +
      "an @ in the name), and only smtp: may end in ?tls=optional",
  ).optional(),
  PARLEY_MAIL_FROM: z.string().refine(
    (value) => z.email().safeParse(value).success,
    "must be an e-mail address such as parley@example.org",
  ).optional(),
  PARLEY_SECRET: secret(),
  PARLEY_ACCEPTED_SECRET: secret(),
  PARLEY_ORIGINS: list(
    z.string().refine(isOrigin, "must be origins such as https://chat.example.org"),
  ).optional(),
  PARLEY_NODE_ID: z.string().regex(/^[\w.-]{1,64}$/, "must be 1 to 64 of letters, digits, . _ -")
    .optional(),
  PARLEY_NODE_URL: z.string().refine(
    isSocketUrl,
    "must be a URL that starts with wss:// (or ws://, on this machine)",
  ).optional(),
  PARLEY_ROLES: list(z.enum(ROLES, { error: `must be some of ${ROLES.join(",")}` }))
    .default([...ROLES]),
  PARLEY_STATUS_URL: list(serviceUrl()).optional(),
  PARLEY_VERIFY_URL: list(serviceUrl()).optional(),
  PARLEY_WORKERS: wholeNumber(1, 64).default(1),
  PARLEY_REGION: z.string().regex(/^[\w.-]{1,64}$/, "must be 1 to 64 of letters, digits, . _ -")
    .default("local"),
  PARLEY_CAPACITY: wholeNumber(1, 1_000_000).default(20_000),
  PARLEY_WEIGHT: wholeNumber(1, 1_000).default(1),
  PARLEY_BALANCE: z.enum(BALANCES, { error: `must be one of ${BALANCES.join(", ")}` })
    .default("least-connections"),
  PARLEY_TRUSTED_PROXIES: list(
    z.string().refine(isNetwork, "must be addresses or blocks such as 10.0.0.1 or 10.0.0.0/8"),
  ).default([]),
  PARLEY_ADMINS: list(
    Email.or(z.never({ error: "must be e-mail addresses such as ann@example.org" })),
  ).default([]),
  PARLEY_LIMITS: z.enum(["on", "off"], { error: "must be on or off" }).default("on"),
  PARLEY_LOG: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(", ")}` })
    .default("info"),
});

/** The variables above, for the permission to read them. */
export const ENVIRONMENT_VARIABLES: readonly string[] = Object.keys(Environment.shape);

/**
 * Reads `environment` for the task `mode`.
 * @throws StartError that names the variable, its value and what is wrong with it
 */
export function readConfig(environment: Record<string, string | undefined>, mode: Mode): Config {
  // An empty value is how a compose file or a shell says "unset".
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) =>
      name in Environment.shape && value !== ""
    ),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success) throw new StartError(firstProblem(parsed.error, given));
  const env = parsed.data;
  const roles = new Set<Role>(env.PARLEY_ROLES);
  if (mode === "start" && roles.has("verify") && env.PARLEY_MAIL_URL === undefined) {
    throw new StartError(
      "PARLEY_MAIL_URL is not set: the task start needs it, because people sign up with codes " +
        "sent by e-mail (mailbox: keeps mails in memory and shows them at /dev/mailbox)",
    );
  }
  refuseContradictions(env, roles);
  const host = env.HOST ?? (mode === "dev" ? "127.0.0.1" : "0.0.0.0");
  const dataDir = env.PARLEY_DATA_DIR.replace(/(?<=.)\/+$/, "");
  return {
    mode,
    host,
    port: env.PORT,
    dataDir,
    database: env.DATABASE_URL === undefined
      ? { kind: "embedded", directory: dataDir }
      : { kind: "server", url: env.DATABASE_URL },
    kvPath: env.PARLEY_KV_URL ?? `${dataDir}/kv.sqlite`,
    bus: env.PARLEY_BUS_URL,
    files: env.PARLEY_FILES_URL ?? { kind: "disk", directory: `${dataDir}/files` },
    quota: env.PARLEY_FILES_QUOTA * MEBIBYTE,
    largestFile: env.PARLEY_FILES_LARGEST * MEBIBYTE,
    previews: env.PARLEY_PREVIEWS === "on",
    mailUrl: env.PARLEY_MAIL_URL ?? "mailbox:",
    mailFrom: env.PARLEY_MAIL_FROM,
    secret: env.PARLEY_SECRET,
    acceptedSecret: env.PARLEY_ACCEPTED_SECRET,
    admins: new Set(env.PARLEY_ADMINS),
    origins: [
      ...(env.PARLEY_ORIGINS ?? []),
      ...(mode === "dev" ? loopbackOrigins(env.PORT) : []),
    ],
    allowOwnOrigin: env.PARLEY_ORIGINS === undefined,
    roles,
    statusUrls: env.PARLEY_STATUS_URL ?? [],
    verifyUrls: env.PARLEY_VERIFY_URL ?? [],
    node: {
      id: env.PARLEY_NODE_ID ?? newId(),
      url: env.PARLEY_NODE_URL,
      region: env.PARLEY_REGION,
      capacity: env.PARLEY_CAPACITY,
      weight: env.PARLEY_WEIGHT,
    },
    balance: env.PARLEY_BALANCE,
    workers: env.PARLEY_WORKERS,
    trustedProxies: env.PARLEY_TRUSTED_PROXIES,
    limits: env.PARLEY_LIMITS === "on",
    logLevel: env.PARLEY_LOG,
  };
}

/** Settings that are right each by itself, and cannot work together. */
function refuseContradictions(env: z.infer<typeof Environment>, roles: ReadonlySet<Role>): void {
  const needed = {
    PARLEY_STATUS_URL: ["status", roles.has("gate") || roles.has("chat")],
    PARLEY_VERIFY_URL: ["verify", roles.has("gate")],
  } as const;
  for (const name of ["PARLEY_STATUS_URL", "PARLEY_VERIFY_URL"] as const) {
    const [role, isAsked] = needed[name];
    if (roles.has(role) && env[name] !== undefined) {
      throw new StartError(
        `${name} is set, and PARLEY_ROLES runs ${role} in this process: leave one of them out`,
      );
    }
    if (!roles.has(role) && isAsked && env[name] === undefined) {
      throw new StartError(
        `${name} is not set: PARLEY_ROLES leaves ${role} to another process, so say where it is`,
      );
    }
  }
  const sends = env.PARLEY_MAIL_URL !== undefined && env.PARLEY_MAIL_URL !== "mailbox:";
  if (roles.has("verify") && sends && env.PARLEY_MAIL_FROM === undefined) {
    throw new StartError(
      "PARLEY_MAIL_FROM is not set, and PARLEY_MAIL_URL sends mails: say what they come from, such " +
        "as parley@example.org",
    );
  }
  if (env.PARLEY_WORKERS > 1 && env.PARLEY_KV_URL === ":memory:") {
    throw new StartError(
      "PARLEY_KV_URL=:memory: is each isolate's own, and PARLEY_WORKERS asks for several: leave it " +
        "unset, or name a file",
    );
  }
  if (env.DATABASE_URL === undefined && env.PARLEY_BUS_URL.kind === "nats") {
    throw new StartError(
      "DATABASE_URL is not set, and PARLEY_BUS_URL reaches other processes, which cannot share an " +
        "embedded database: set it, or leave PARLEY_BUS_URL unset",
    );
  }
  if (roles.size === ROLES.length) return;
  if (env.DATABASE_URL === undefined) {
    throw new StartError(
      "DATABASE_URL is not set: PARLEY_ROLES leaves services to other processes, which cannot " +
        "share an embedded database",
    );
  }
  if (roles.has("gate") !== roles.has("chat") && env.PARLEY_BUS_URL.kind === "broadcast") {
    throw new StartError(
      "PARLEY_BUS_URL=broadcast: reaches no other process, and PARLEY_ROLES has gate and chat in " +
        "two: set it to nats://host:4222",
    );
  }
  if (roles.has("chat") && !roles.has("gate") && env.PARLEY_NODE_URL === undefined) {
    throw new StartError(
      "PARLEY_NODE_URL is not set: a chat node without a gate needs the address that clients " +
        "reach it at, such as wss://chat-1.example.org/api/v1/chat",
    );
  }
}

/** One or more servers of a cluster. The first one's name and password are for all, and no other's. */
function natsConfig(value: string): BusConfig | undefined {
  const urls = value.split(",").map((part) => URL.parse(part.trim()));
  const [first] = urls;
  const servers: string[] = [];
  for (const url of urls) {
    const isServer = url?.protocol === "nats:" && url.hostname !== "" &&
      /^\/?$/.test(url.pathname) && url.search === "";
    const isSame = `${url?.username}:${url?.password}` === `${first?.username}:${first?.password}`;
    const isBare = url?.username === "" && url.password === "";
    if (!isServer || !(isSame || isBare)) return undefined;
    servers.push(`${url.hostname}:${url.port || "4222"}`);
  }
  try {
    const decoded = (part: string | undefined) => part ? decodeURIComponent(part) : undefined;
    const [user, password] = [decoded(first?.username), decoded(first?.password)];
    return { kind: "nats", servers, user, password };
  } catch {
    // A percent sign that stands for nothing.
    return undefined;
  }
}

/** What people say goes over a network under TLS alone. */
function isSocketUrl(value: string): boolean {
  const url = /^wss?:\/\/\S+$/.test(value) ? URL.parse(value) : null;
  return url !== null && (url.protocol === "wss:" || isThisMachine(url));
}

/** An IP address, or a block of them in CIDR notation. */
function isNetwork(value: string): boolean {
  const [address = "", bits, more] = value.split("/");
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  const sized = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  return version !== 0 && sized && more === undefined;
}

function loopbackOrigins(port: number): string[] {
  return ["localhost", "127.0.0.1", "[::1]"].map((host) => `http://${host}:${port}`);
}

function isOrigin(value: string): boolean {
  return URL.canParse(value) && new URL(value).origin === value && /^https?:/.test(value);
}

/** A word that everybody tries first is not a secret, however often it is repeated or decorated. */
function isWellKnown(value: string): boolean {
  const lower = value.toLowerCase();
  for (const word of KNOWN_SECRETS) {
    if (lower.includes(word) && !/\p{Letter}/u.test(lower.replaceAll(word, ""))) return true;
  }
  return new Set(value).size < 8;
}

function firstProblem(error: z.ZodError, given: Record<string, string | undefined>): string {
  const issue = error.issues[0];
  const name = String(issue?.path[0] ?? "the environment");
  // A secret does not belong on a screen, and any URL may hold a password.
  const secret = name.endsWith("_SECRET") || name.endsWith("_URL");
  const shown = secret ? "" : `=${(given[name] ?? "").replaceAll(/\s+/g, " ")}`;
  return `${name}${shown} ${issue?.message ?? "is wrong"}`;
}
