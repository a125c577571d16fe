import type { PageParts } from "../page_context.ts";
import type { Thread } from "../stores/thread.ts";

/** What somebody brings: folders can only be counted. */
export type Brought = { files: readonly File[]; folders: boolean };

/** Puts files into a thread's composer, and says what is left out. */
export async function attachFiles(
  { uploads }: Pick<PageParts, "uploads">,
  thread: Thread,
  { files, folders }: Brought,
): Promise<void> {
  thread.leftOut.value = undefined;
  const excess = files.length === 0 ? 0 : (await uploads.open()).add(thread.conversation, files);
  if (excess > 0 || folders) thread.leftOut.value = { files: excess, folders };
}

/** What is dropped, or pasted. To be called while the event is being handled. */
export function broughtBy(transfer: DataTransfer): Brought {
  const files: File[] = [];
  let folders = false;
  for (const item of transfer.items) {
    if (item.kind !== "file") continue;
    if (item.webkitGetAsEntry()?.isDirectory) folders = true;
    else {
      const file = item.getAsFile();
      if (file !== null) files.push(file);
    }
  }
  return { files, folders };
}

/** Whether what is pasted is a file, and not a text that brings a picture of itself along. */
export function pastesFiles(transfer: DataTransfer): boolean {
  const { types } = transfer;
  return types.includes("Files") && !(types.includes("text/plain") && types.includes("text/html"));
}
