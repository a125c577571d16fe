/// <reference lib="dom" />
import assert from "node:assert/strict";
import { broughtBy, pastesFiles } from "../../web/behaviours/attach_files.ts";

/** As much of what a browser hands over as is looked at. */
function transferOf(types: string[], items: object[] = []): DataTransfer {
  return { types, items } as unknown as DataTransfer;
}

Deno.test("pastesFiles takes pictures and files, and leaves texts that bring a picture to the field", () => {
  assert.ok(pastesFiles(transferOf(["Files"])));
  assert.ok(pastesFiles(transferOf(["text/html", "Files"])), "a picture of another page");
  assert.ok(pastesFiles(transferOf(["text/plain", "Files"])), "a file and its name");
  assert.ok(!pastesFiles(transferOf(["text/plain", "text/html", "Files"])), "a table");
  assert.ok(!pastesFiles(transferOf(["text/plain"])));
});

Deno.test("broughtBy takes the files, and says that there were folders", () => {
  const file = new File(["x"], "a.txt");
  const brought = broughtBy(transferOf(["Files"], [
    { kind: "string", webkitGetAsEntry: () => null, getAsFile: () => null },
    { kind: "file", webkitGetAsEntry: () => ({ isDirectory: true }), getAsFile: () => file },
    { kind: "file", webkitGetAsEntry: () => null, getAsFile: () => file },
  ]));
  assert.deepEqual(brought, { files: [file], folders: true });
});
