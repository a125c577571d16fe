import { render } from "preact";
import { createClient } from "../client/client.ts";
import { createMemoryOutboxStorage, type OutboxStorage } from "../client/outbox_storage.ts";
import { startTitle } from "./behaviours/document_title.ts";
import { startDevReload } from "./dev_reload.ts";
import { Page } from "./page.tsx";
import { createPageParts, PageContext } from "./page_context.ts";
import { openIndexedDbOutbox } from "./storage/indexed_db_outbox.ts";

if (import.meta.env.MODE === "development") startDevReload();

const root = document.getElementById("page");
if (root === null) throw new Error("index.html has no element #page");

const client = createClient({
  origin: location.origin,
  credentials: "cookie",
  outboxStorage: await openOutbox(),
});
const parts = createPageParts(client);
startTitle(parts);
render(
  <PageContext.Provider value={parts}>
    <Page />
  </PageContext.Provider>,
  root,
);
void parts.session.resume();

/** Some private windows have no IndexedDB; sending must work there all the same. */
async function openOutbox(): Promise<OutboxStorage> {
  try {
    return await openIndexedDbOutbox();
  } catch {
    return createMemoryOutboxStorage();
  }
}
