import assert from "node:assert/strict";
import { createWriters } from "../../../../lib/files/uploads/writers.ts";
import { newId } from "../../../../lib/ids.ts";

Deno.test("of several who come to one upload one writes at a time, and all are known", async () => {
  const writers = createWriters();
  const upload = newId();
  let running = 0;
  let most = 0;
  const began: string[] = [];
  /** Writes until it is ended. */
  const write = (name: string) =>
    writers.write(upload, async (signal) => {
      began.push(name);
      most = Math.max(most, ++running);
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve());
      await ended;
      running--;
      return name;
    });
  const first = write("first");
  const others = [write("second"), write("third"), write("fourth")];
  assert.equal(await first, "first");
  // Ends whoever is at it, and whoever comes to it meanwhile.
  while (began.length < 4) await writers.end(upload);
  await writers.end(upload);
  assert.deepEqual(await Promise.all(others), ["second", "third", "fourth"]);
  assert.deepEqual([most, running], [1, 0]);

  // An upload of which nobody knows is nobody's, and another one's writer goes on.
  await writers.end(newId());
  const later = writers.write(upload, (signal) => Promise.resolve(signal.aborted));
  assert.equal(await later, false);
});
