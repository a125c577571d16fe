import type { Id } from "../lib/protocol/model.ts";
import type { ChatStore } from "../lib/sql/chat_store.ts";
import type { Membership } from "../lib/sql/members.ts";

/** Who belongs to which conversation, as this node knows it: a cache with versions. */
export interface Memberships {
  /** The cached membership, however old. */
  peek(conversation: Id): Membership | undefined;
  /** The cached memberships, read from the database where they are not cached. */
  get(conversations: readonly Id[]): Promise<Map<Id, Membership>>;
  /**
   * Which of these are not the newest version. To be asked of what somebody was judged by: the cache
   * may have got a newer one meanwhile.
   */
  outdated(held: readonly Membership[]): Promise<Id[]>;
  /** Reads them anew. Conversations that do not exist are left out. */
  reload(conversations: readonly Id[]): Promise<Map<Id, Membership>>;
  /** Forgets everything: the log is another one, and the same version may mean something else there. */
  clear(): void;
}

const CACHED = 50_000;

export function createMemberships(
  { readMemberships: read, readMembersRevs }: Pick<
    ChatStore,
    "readMemberships" | "readMembersRevs"
  >,
): Memberships {
  // A Map keeps its order of insertion, which makes it a least-recently-used cache.
  const cache = new Map<Id, Membership>();
  /** How often it was forgotten: what was asked before that is not kept. */
  let cleared = 0;

  const keep = (membership: Membership) => {
    const known = cache.get(membership.conversation);
    // Two reads may come back in the other order.
    const newest = known !== undefined && known.membersRev > membership.membersRev
      ? known
      : membership;
    cache.delete(newest.conversation);
    cache.set(newest.conversation, newest);
    if (cache.size > CACHED) {
      for (const oldest of cache.keys()) {
        cache.delete(oldest);
        break;
      }
    }
    return newest;
  };

  const reload = async (conversations: readonly Id[]): Promise<Map<Id, Membership>> => {
    const found = new Map<Id, Membership>();
    if (conversations.length === 0) return found;
    const before = cleared;
    const memberships = await read(conversations);
    if (before !== cleared) return await reload(conversations);
    for (const membership of memberships) {
      found.set(membership.conversation, keep(membership));
    }
    for (const conversation of conversations) {
      if (!found.has(conversation)) cache.delete(conversation);
    }
    return found;
  };

  return {
    peek: (conversation) => cache.get(conversation),
    outdated: async (held) => {
      if (held.length === 0) return [];
      const revs = await readMembersRevs(held.map(({ conversation }) => conversation));
      return held.filter(({ conversation, membersRev }) => revs.get(conversation) !== membersRev)
        .map(({ conversation }) => conversation);
    },
    reload,
    clear: () => {
      cleared++;
      cache.clear();
    },
    get: async (conversations) => {
      const found = new Map<Id, Membership>();
      const missing: Id[] = [];
      for (const conversation of new Set(conversations)) {
        const known = cache.get(conversation);
        if (known === undefined) missing.push(conversation);
        else found.set(conversation, keep(known));
      }
      for (const [id, membership] of await reload(missing)) found.set(id, membership);
      return found;
    },
  };
}
