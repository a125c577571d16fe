import type { Client } from "../../client/client.ts";
import type { Attachment } from "../../lib/protocol/model.ts";

/** Gives a file to the browser to be saved: it comes as a stream, and is never held as a whole. */
export async function download(client: Client, { id, name }: Attachment): Promise<void> {
  const link = document.createElement("a");
  link.href = await client.files.address(id);
  link.download = name;
  link.rel = "noopener";
  link.className = "hidden-text";
  // Beside what has the focus: nothing outside of a modal dialog can be clicked.
  (document.activeElement?.parentElement ?? document.body).append(link);
  link.click();
  link.remove();
}
