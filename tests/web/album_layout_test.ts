import assert from "node:assert/strict";
import { albumRows, boxAlone } from "../../web/album_layout.ts";

const wide = { width: 1600, height: 900 };
const tall = { width: 900, height: 1600 };

Deno.test("albumRows places up to ten pictures, each once and in order", () => {
  for (let count = 1; count <= 10; count++) {
    const pictures = Array.from({ length: count }, (_, at) => ({ ...(at % 2 ? tall : wide), at }));
    const rows = albumRows(pictures);
    const placed = rows.flatMap(({ boxes }) => boxes.map(({ picture }) => picture.at));
    assert.deepEqual(placed, pictures.map(({ at }) => at), `${count} pictures`);
    assert.ok(rows.every(({ boxes }) => boxes.length <= 3), `${count} pictures`);
    for (const { aspect } of rows) assert.ok(aspect >= 0.5 && aspect <= 4, `a row of ${aspect}`);
  }
});

Deno.test("albumRows gives a picture alone its own shape, and a strip one that can be seen", () => {
  assert.equal(albumRows([wide])[0]?.aspect, 16 / 9);
  assert.equal(albumRows([{ width: 10_000, height: 10 }])[0]?.aspect, 2.5);
  assert.equal(albumRows([{ width: 10, height: 10_000 }])[0]?.aspect, 0.5);
  assert.equal(albumRows([{}])[0]?.aspect, 4 / 3);
});

Deno.test("boxAlone keeps a picture within its room, and does not blow up small ones", () => {
  assert.deepEqual(boxAlone(wide), { width: 320, aspect: 16 / 9 });
  assert.deepEqual(boxAlone(tall), { width: Math.round(360 * 900 / 1600), aspect: 9 / 16 });
  assert.deepEqual(boxAlone({ width: 200, height: 200 }), { width: 200, aspect: 1 });
  assert.deepEqual(boxAlone({ width: 1, height: 1 }), { width: 120, aspect: 1 });
});
