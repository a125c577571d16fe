import assert from "node:assert/strict";
import { AppError } from "../../../../lib/errors.ts";
import { inspect } from "../../../../lib/files/content/inspect.ts";
import { box, heif, type HeifParts, withinFilm } from "../../../support/boxes.ts";
import {
  allOf,
  type Bytes,
  int,
  joined,
  occurrences,
  sourceOf,
} from "../../../support/byte_sources.ts";
import { FILM_MP4 } from "../../../support/recordings.ts";
import { refused } from "../../../support/refused_file.ts";

async function look(bytes: Bytes) {
  const { kept, ...found } = await inspect(sourceOf(bytes), { name: "file" });
  return { found, left: kept === undefined ? bytes : await allOf(kept.bytes()), kept };
}

function refuses(bytes: Bytes, code: "unsupported" | "too-large", message: RegExp): Promise<void> {
  return assert.rejects(look(bytes), refused(code, message));
}

const PLACE = box("udta", box("loci", "Secret +52.5200+013.4050/"));

Deno.test("inspect leaves out of films where they were made, and moves nothing", async () => {
  const key = box("mdta", "com.apple.quicktime.Secret");
  const inside = box("meta", box("keys", int(0, 4), int(1, 4), key));
  const bytes = joined(
    withinFilm(withinFilm(FILM_MP4, PLACE), inside),
    box("uuid", new Uint8Array(16), "Secret"),
  );
  const once = await look(bytes);
  assert.deepEqual(once.found, (await look(FILM_MP4)).found);
  assert.equal(once.left.length, bytes.length);
  assert.equal(occurrences(bytes, "Secret"), 3);
  assert.equal(occurrences(once.left, "Secret"), 0);
  assert.equal((await look(once.left)).kept, undefined);
});

Deno.test("inspect leaves it out of a film that ends in the middle, as players take it", async () => {
  const bytes = withinFilm(FILM_MP4, PLACE).slice(0, -100);
  assert.equal(occurrences((await look(bytes)).left, "Secret"), 0);
});

Deno.test("inspect leaves metadata out of JPEG XL", async () => {
  const bytes = joined(
    box("JXL ", [13, 10, 0x87, 10]),
    box("ftyp", "jxl ", int(0, 4), "jxl "),
    box("Exif", int(0, 4), "Secret"),
    box("jxlc", [0xff, 0x0a]),
    box("xml ", "Secret"),
  );
  const { found, left, kept } = await look(bytes);
  assert.equal(found.type, "image/jxl");
  assert.ok(kept);
  assert.equal(occurrences(left, "Secret"), 0);
});

const KINDS: readonly HeifParts[] = [
  { brand: "avif", size: [16, 8] },
  { brand: "heic", size: [8, 16], turns: 1 },
  { brand: "avif", size: [16, 8], turns: 2, inList: true },
];
for (const parts of KINDS) {
  const what = `${parts.brand}, ${parts.turns ?? 0} turns${parts.inList ? ", in its list" : ""}`;
  Deno.test(`inspect leaves Exif, XMP and what else phones add out of HEIF (${what})`, async () => {
    const bytes = heif(parts);
    const { found, left } = await look(bytes);
    assert.deepEqual(found, { type: `image/${parts.brand}`, width: 16, height: 8 });
    assert.equal(occurrences(bytes, "Secret"), 3);
    assert.equal(occurrences(left, "Secret"), 0);
    assert.equal(occurrences(left, "coded picture..."), 1);
    assert.equal(left.length, bytes.length);
    assert.equal((await look(left)).kept, undefined);
  });
}

Deno.test("inspect takes no HEIF for a film, by whatever name it calls itself", async () => {
  for (const major of ["heim", "heis", "hevm", "avci", "MiHB", "jpeg", "avio"]) {
    const bytes = heif({ brand: "heic", size: [16, 8], major });
    const { found, left } = await look(bytes);
    assert.deepEqual(found, { type: "image/heif", width: 16, height: 8 }, major);
    assert.equal(occurrences(left, "Secret"), 0, major);
    assert.equal(occurrences(left, "pitm"), 1, major);
  }
  // Nobody knows what that is: it is kept with what may be its list.
  const unknown = joined(box("ftyp", "abcd", int(0, 4)), box("meta", int(0, 4), box("iloc")));
  assert.equal((await look(unknown)).kept, undefined);
});

Deno.test("inspect refuses HEIF that is too large, or not what it says", async () => {
  await refuses(
    heif({ brand: "avif", size: [50_000, 50_000] }),
    "too-large",
    /50000 × 50000 pixels/,
  );
  await refuses(heif({ brand: "avif", size: [0, 8] }), "unsupported", /how large/);
  await refuses(heif({ brand: "heic", size: [16, 8], at: 4 }), "unsupported", /where none may be/);
  const whole = heif({ brand: "avif", size: [16, 8] });
  await refuses(joined(whole, whole), "unsupported", /not one picture/);
  for (let length = 24; length < whole.length; length += 5) {
    // Cut after one of its parts it may be whole; in one of them it is not.
    try {
      await look(whole.slice(0, length));
      assert.ok(length > 250, String(length));
    } catch (error) {
      assert.ok(error instanceof AppError && error.code === "unsupported", String(error));
    }
  }
});
