/** How long an answer takes tells nobody whether there is an account. */
import assert from "node:assert/strict";
import { hashPassword } from "../../lib/passwords.ts";
import { percentile } from "../support/latency.ts";
import { seedUser } from "../support/seed.ts";
import { startTestServer, type TestServer } from "../support/api_server.ts";
import { tell } from "../support/campaign.ts";

const TRIES = 200;
/** One in a million is right by chance. */
const WRONG = "000000";
const PASSWORD = "a password that is new";
/** A code dies of five wrong guesses: each address is tried so often. */
const GUESSES = 5;

/** One try: the same request for an address that has an account, or that has none. */
type Try = (server: TestServer, address: Address) => Promise<number>;
type Address = { email: string; name: string };

/** Milliseconds of `TRIES` for each, by turns, so that what else the machine does falls on both. */
async function measure(
  server: TestServer,
  known: readonly Address[],
  unknown: readonly Address[],
  attempt: Try,
): Promise<{ known: number[]; unknown: number[] }> {
  const times = { known: [] as number[], unknown: [] as number[] };
  const statuses = new Map<string, number>();
  for (let n = 0; n < TRIES; n++) {
    const address = Math.floor(n / GUESSES);
    const both = [["known", known[address]], ["unknown", unknown[address]]] as const;
    // Whoever comes second has it better or worse: that falls on both as well.
    for (const [which, one] of n % 2 === 0 ? both : both.toReversed()) {
      if (one === undefined) throw new Error("there are too few addresses");
      const begun = performance.now();
      const status = await attempt(server, one);
      times[which].push(performance.now() - begun);
      statuses.set(which, (statuses.get(which) ?? 0) + status);
    }
  }
  assert.equal(statuses.get("known"), statuses.get("unknown"));
  return times;
}

/** From the lower quartile to the upper one. */
function spread(values: readonly number[]): number {
  return percentile(values, 0.75) - percentile(values, 0.25);
}

type Way = { purpose?: string; attempt: Try };

const tries: Readonly<Record<string, Way>> = {
  "a sign-in by a wrong password": {
    attempt: async (server, { name: login }) => {
      const body = { login, password: "a password that is wrong" };
      return (await server.call("POST", "/sessions", { body })).status;
    },
  },
  "a reset by a wrong code": {
    purpose: "reset-password",
    attempt: async (server, { email }) => {
      const body = { email, code: WRONG, password: PASSWORD };
      return (await server.call("POST", "/password-resets", { body })).status;
    },
  },
  "a sign-up by a wrong code": {
    purpose: "register",
    attempt: async (server, { email }) => {
      const body = { email, code: WRONG, username: "newcomer", password: PASSWORD };
      return (await server.call("POST", "/accounts", { body })).status;
    },
  },
};

Deno.test("medians of 200 tries with an account and without differ by less than their spread", async () => {
  await using server = await startTestServer({ limits: false });
  const { sql } = server.database;
  const hash = await hashPassword("the password of all of them");
  for (const [what, { purpose, attempt }] of Object.entries(tries)) {
    const known: Address[] = [];
    const unknown: Address[] = [];
    for (let n = 0; n < TRIES / GUESSES; n++) {
      const id = await seedUser(sql, hash);
      const [row] = await sql<Address[]>`
        select email, username as name from users where id = ${id}`;
      if (row === undefined) throw new Error("nobody was made");
      known.push(row);
      unknown.push({ email: `no_${row.email}`, name: `no_${row.name}` });
    }
    for (const { email } of purpose === undefined ? [] : [...known, ...unknown]) {
      const { status } = await server.call("POST", "/verification-codes", {
        body: { email, purpose },
      });
      assert.equal(status, 202);
    }
    const times = await measure(server, known, unknown, attempt);
    const [one, other] = [percentile(times.known, 0.5), percentile(times.unknown, 0.5)];
    const least = Math.min(spread(times.known), spread(times.unknown));
    const said = `${what}: ${one.toFixed(2)} ms with an account, ${other.toFixed(2)} ms without, ` +
      `spread ${least.toFixed(2)} ms`;
    tell(said);
    assert.ok(Math.abs(one - other) < least, said);
  }
});
