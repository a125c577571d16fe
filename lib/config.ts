/** Checks the environment, which `main.ts` hands over: nothing else knows what a variable means. */
import * as z from "zod";
import { StartError } from "./errors.ts";
import { newId } from "./ids.ts";

export type Mode = "dev" | "start";

/** Where the database is: embedded in a folder, on a server, or another isolate's socket. */
export type DatabaseConfig =
  | { kind: "embedded"; directory: string }
  | { kind: "server"; url: string }
  | { kind: "socket"; path: string };

export type Config = {
  mode: Mode;
  host: string;
  port: number;
  dataDir: string;
  database: DatabaseConfig;
  /** A path, or `:memory:`. */
  kvPath: string;
  busUrl: string;
  mailUrl: string;
  /** Undefined: take it from the data directory, and make it if it is not there. */
  secret: string | undefined;
  /** Browser origins that may connect besides the one that the request itself names. */
  origins: string[];
  /** Whether the request's own host counts as an allowed origin. */
  allowOwnOrigin: boolean;
  node: { id: string; url: string | undefined };
  limits: boolean;
};

const KNOWN_SECRETS = new Set(["changeme", "secret", "parley", "password"]);

/** A setting of a later version: refused rather than silently without effect. */
function notYet(): z.ZodOptional<z.ZodNever> {
  return z.never({ error: "is not supported yet; leave it unset" }).optional();
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
  PARLEY_BUS_URL: z.literal("broadcast:", {
    error: "must be broadcast: (postgres: and nats:// are not supported yet)",
  }).default("broadcast:"),
  PARLEY_MAIL_URL: z.literal("mailbox:", {
    error: "must be mailbox: (smtp:// is not supported yet)",
  }).optional(),
  PARLEY_SECRET: z.string()
    .refine((value) => new TextEncoder().encode(value).length >= 32, "must have at least 32 bytes")
    .refine((value) => !isWellKnown(value), "is a well-known word; take `openssl rand -hex 32`")
    .optional(),
  PARLEY_ORIGINS: z.string().transform((value) => value.split(",").map((part) => part.trim()))
    .pipe(z.array(z.string().refine(isOrigin, "must be origins such as https://chat.example.org")))
    .optional(),
  PARLEY_NODE_ID: z.string().regex(/^[\w.-]{1,64}$/, "must be 1 to 64 of letters, digits, . _ -")
    .optional(),
  PARLEY_NODE_URL: z.string().regex(/^wss?:\/\/\S+$/, "must start with ws:// or wss://").optional(),
  PARLEY_ROLES: z.literal("gate,chat,status,verify", {
    error: "is not supported yet: one process runs every service; leave it unset",
  }).optional(),
  PARLEY_WORKERS: z.literal("1", { error: "is not supported yet; leave it unset" }).optional(),
  PARLEY_STATUS_URL: notYet(),
  PARLEY_VERIFY_URL: notYet(),
  PARLEY_TRUSTED_PROXIES: notYet(),
  PARLEY_ADMINS: notYet(),
  PARLEY_REGION: notYet(),
  PARLEY_CAPACITY: notYet(),
  PARLEY_LIMITS: z.enum(["on", "off"], { error: "must be on or off" }).default("on"),
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
  if (mode === "start" && env.PARLEY_MAIL_URL === undefined) {
    throw new StartError(
      "PARLEY_MAIL_URL is not set: the task start needs it, because people sign up with codes " +
        "sent by e-mail (mailbox: keeps mails in memory and shows them at /dev/mailbox)",
    );
  }
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
    busUrl: env.PARLEY_BUS_URL,
    mailUrl: env.PARLEY_MAIL_URL ?? "mailbox:",
    secret: env.PARLEY_SECRET,
    origins: [
      ...(env.PARLEY_ORIGINS ?? []),
      ...(mode === "dev" ? loopbackOrigins(env.PORT) : []),
    ],
    allowOwnOrigin: env.PARLEY_ORIGINS === undefined,
    node: { id: env.PARLEY_NODE_ID ?? newId(), url: env.PARLEY_NODE_URL },
    limits: env.PARLEY_LIMITS === "on",
  };
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
  const secret = name === "PARLEY_SECRET" || name.endsWith("_URL");
  const shown = secret ? "" : `=${given[name] ?? ""}`;
  return `${name}${shown} ${issue?.message ?? "is wrong"}`;
}
