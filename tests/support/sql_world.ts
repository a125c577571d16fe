import { newId } from "../../lib/ids.ts";
import { setBlock } from "../../lib/sql/blocks.ts";
import { createChatStore } from "../../lib/sql/chat_store.ts";
import { listConversations, readMembers } from "../../lib/sql/conversations.ts";
import type { Database } from "../../lib/sql/open.ts";
import { endSession, insertSession } from "../../lib/sql/sessions.ts";
import { insertTicket } from "../../lib/sql/tickets.ts";
import type { StoreWorld } from "./memory_store.ts";
import { addMember, removeMember, seedContacts, seedGroup, seedUser } from "./seed.ts";
import { seedFile } from "./seed_file.ts";

/** The real store, and the real statements of those who change its data. */
export function createSqlWorld(database: Database): StoreWorld {
  const { sql } = database;
  return {
    store: createChatStore(database),
    addUser: async (user) => void await seedUser(sql, undefined, user),
    addGroup: async (id, users) => void await seedGroup(sql, users, id),
    addMember: (conversation, user) => addMember(sql, conversation, user),
    removeMember: (conversation, user) => removeMember(sql, conversation, user),
    showHistory: async (conversation, visible) => {
      await sql`update conversations set history_visible = ${visible},
        members_rev = members_rev + 1 where id = ${conversation}`;
    },
    addSession: async (id, userId) => {
      await insertSession(sql, { id, userId, device: newId(), ip: "" });
    },
    endSession: async (session) => void await endSession(sql, session, "test"),
    addTicket: (ticket) => insertTicket(sql, ticket),
    listConversations: async (user) => (await listConversations(sql, user, {})).conversations,
    readMembers: (conversation) => readMembers(sql, conversation),
    addContacts: (one, other) => seedContacts(sql, one, other),
    addFile: (owner) => seedFile(sql, owner),
    block: async (user, other, blocked) => void await setBlock(sql, user, other, blocked),
  };
}
