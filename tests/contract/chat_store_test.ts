import { createMemoryStore } from "../support/memory_store.ts";
import { createSqlWorld } from "../support/sql_world.ts";
import { testWithDatabase } from "../support/databases.ts";
import { chatStoreContract } from "./chat_store_contract.ts";

for (const [behaviour, test] of Object.entries(chatStoreContract)) {
  Deno.test(`the store in memory ${behaviour}`, () => test(createMemoryStore(Date, 1)));
  testWithDatabase(`createChatStore ${behaviour}`, (database) => test(createSqlWorld(database)));
}
