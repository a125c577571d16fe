import { hc } from "hono/client";
import { chunks } from "../lib/chunks.ts";
import type { Id } from "../lib/protocol/model.ts";
import { type Caller, SERVICE_BASE } from "../lib/services/caller.ts";
import { PEOPLE_AT_A_TIME, type StatusRoutes } from "./http.ts";
import { type Seen, unknown } from "./presence.ts";
import type { Status } from "./service.ts";

/** Milliseconds. A lease is renewed every 4 s: an answer that comes later is of no use. */
const RENEW_WITHIN = 4_000;
/** Milliseconds: a node that goes does not wait long to say so. */
const LEAVE_WITHIN = 2_000;
const PICK_WITHIN = 3_000;
/** Milliseconds: less than the two seconds after which people are `unknown`. */
const READ_WITHIN = 1_900;
const WRITE_WITHIN = 5_000;

/** The status service of another process. */
export function remoteStatus(caller: Caller): Status {
  const client = (again: boolean, within: number) =>
    hc<StatusRoutes>(`${SERVICE_BASE}/internal/status`, { fetch: caller.fetch({ again, within }) });
  // A lease that is renewed twice is renewed, and a node that has left has left.
  const renewing = client(true, RENEW_WITHIN);
  const leaving = client(true, LEAVE_WITHIN);
  // A choice that nobody hears of costs the node that was chosen nothing but a little of its share.
  const picking = client(true, PICK_WITHIN);
  const reading = client(true, READ_WITHIN);
  // The answer says what it changed, which the second one would not: whoever writes asks how people
  // are, and says it again.
  const writing = client(false, WRITE_WITHIN);

  const read = async (users: readonly Id[]): Promise<Seen[]> => {
    try {
      return await (await reading.presence.read.$post({ json: { users: [...users] } })).json();
    } catch {
      return users.map(unknown);
    }
  };

  return {
    nodes: {
      renew: async (report) => (await renewing.nodes.renew.$post({ json: report })).json(),
      leave: async (report) => void await leaving.nodes.leave.$post({ json: report }),
      pick: async (wanted) => {
        const json = { ...wanted, exclude: [...wanted.exclude] };
        const { node } = await (await picking.nodes.pick.$post({ json })).json();
        return node ?? undefined;
      },
    },
    presence: {
      read: async (users) => (await Promise.all(chunks(users, PEOPLE_AT_A_TIME).map(read))).flat(),
      write: async ({ origin, epoch }, changes) => {
        const seen: Seen[] = [];
        for (const some of chunks([...changes], PEOPLE_AT_A_TIME)) {
          const written = some.map(([user, state]) => ({ user, state: state ?? null }));
          const json = { by: { origin, epoch }, changes: written };
          seen.push(...await (await writing.presence.write.$post({ json })).json());
        }
        return seen;
      },
    },
  };
}
