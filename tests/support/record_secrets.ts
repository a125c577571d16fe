/**
 * Loaded before each test file (`--preload`): writes down every secret that a client of the tests
 * sends or is given, so that `tests/log_report.ts` can look for it in what servers logged.
 */
import { SUITE_LOGS } from "./suite_log.ts";

export const PLANTED = new URL("planted/", SUITE_LOGS);

export type PlantedKind = "password" | "token" | "code" | "text";

/** Fields of bodies and frames that hold one. */
const KINDS: Readonly<Record<string, PlantedKind>> = {
  password: "password",
  current: "password",
  accessToken: "token",
  refreshToken: "token",
  ticket: "token",
  token: "token",
  proof: "token",
  code: "code",
  text: "text",
};
/** Shorter ones stand in many a line by chance. */
const LEAST: Readonly<Record<PlantedKind, number>> = { password: 8, token: 24, code: 6, text: 16 };

const known = new Set<string>();
const file = new URL(`${crypto.randomUUID()}.jsonl`, PLANTED);

function plant(kind: PlantedKind, secret: string): void {
  const isCode = kind !== "code" || /^\d{6}$/.test(secret);
  if (secret.length < LEAST[kind] || !isCode || known.has(secret)) return;
  known.add(secret);
  Deno.mkdirSync(PLANTED, { recursive: true });
  Deno.writeTextFileSync(file, JSON.stringify([kind, secret]) + "\n", { append: true });
}

/** Looks at the outermost fields: what clients send and are given is flat where it is secret. */
function plantFrom(json: unknown): void {
  if (typeof json !== "string" || !json.startsWith("{")) return;
  try {
    for (const [name, value] of Object.entries(JSON.parse(json))) {
      const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
      if (kind !== undefined && typeof value === "string") plant(kind, value);
    }
  } catch {
    // What is no JSON is some test's idea.
  }
}

/** Answers that carry one. */
const GRANTS = /\/(sessions|sessions\/refresh|accounts|tickets|invites)$/;

const { fetch } = globalThis;
globalThis.fetch = async (input, init) => {
  plantFrom(init?.body);
  if (input instanceof Request && init?.body === undefined) {
    plantFrom(await input.clone().text());
  }
  const answer = await fetch(input, init);
  for (const cookie of answer.headers.getSetCookie()) {
    plant("token", /=([^;]*)/.exec(cookie)?.[1] ?? "");
  }
  const isJson = answer.headers.get("content-type")?.startsWith("application/json");
  if (isJson && GRANTS.test(new URL(answer.url).pathname)) plantFrom(await answer.clone().text());
  return answer;
};

const { send } = WebSocket.prototype;
WebSocket.prototype.send = function (data) {
  plantFrom(data);
  send.call(this, data);
};
