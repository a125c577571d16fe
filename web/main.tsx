import { render } from "preact";
import { createClient } from "../client/client.ts";
import { createMemoryOutboxStorage, type OutboxStorage } from "../client/outbox_storage.ts";
import { startTitle } from "./behaviours/document_title.ts";
import { startRefusingFiles } from "./behaviours/file_drop.ts";
import { startOneAtATime } from "./behaviours/one_at_a_time.ts";
import { startDevReload } from "./dev_reload.ts";
import { Page } from "./page.tsx";
import { createPageParts, PageContext } from "./page_context.ts";
import { openIndexedDbOutbox } from "./storage/indexed_db_outbox.ts";
import { openLanguageStore } from "./stores/language.ts";
import { createPersonCheck } from "./stores/person_check.ts";

if (import.meta.env.MODE === "development") startDevReload();

const root = document.getElementById("page");
if (root === null) throw new Error("index.html has no element #page");

const [language, outboxStorage] = await Promise.all([openLanguageStore(), openOutbox()]);
const personCheck = createPersonCheck();
const client = createClient({
  origin: location.origin,
  credentials: "cookie",
  outboxStorage,
  language: () => language.current.value,
  solveChallenge: personCheck.solve,
});
const parts = createPageParts({ client, language, personCheck });
startTitle(parts);
startOneAtATime();
startRefusingFiles();
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
