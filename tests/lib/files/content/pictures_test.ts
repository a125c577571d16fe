import assert from "node:assert/strict";
import { inspect, type Inspected } from "../../../../lib/files/content/inspect.ts";
import {
  allOf,
  type Bytes,
  int,
  joined,
  occurrences,
  sourceOf,
} from "../../../support/byte_sources.ts";
import {
  exif,
  gif,
  gifExtension,
  JPEG,
  png,
  WEBP,
  WEBP_LOSSLESS,
  withChunks,
  withSegments,
} from "../../../support/pictures.ts";
import { refused } from "../../../support/refused_file.ts";

const XMP = joined("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>Secret</x:xmpmeta>");
const ZIP = joined(
  "PK\x03\x04",
  new Uint8Array(40),
  "Secret.txt",
  "PK\x05\x06",
  new Uint8Array(18),
);

async function look(bytes: Bytes, type = ""): Promise<Inspected & { left: Bytes }> {
  const found = await inspect(sourceOf(bytes), { type, name: "file" });
  const left = found.kept === undefined ? bytes : await allOf(found.kept.bytes());
  assert.equal(left.length, found.kept?.size ?? bytes.length);
  return { ...found, left };
}

const PLAIN: Readonly<Record<string, Bytes>> = {
  "image/jpeg": JPEG,
  "image/png": png(),
  "image/gif": gif(),
  "image/webp": WEBP,
};

for (const [type, bytes] of Object.entries({ ...PLAIN, "image/webp ": WEBP_LOSSLESS })) {
  Deno.test(`inspect keeps ${type} as it is where nothing has to be left out`, async () => {
    const { type: found, width, height, kept } = await look(bytes, type);
    assert.deepEqual({ found, width, height }, { found: type.trim(), width: 16, height: 8 });
    assert.equal(kept, undefined);
  });
}

/** With every kind of metadata that the format has, standing on its side, and with a tail. */
const FULL: Readonly<Record<string, { bytes: Bytes; turned: boolean }>> = {
  "image/jpeg": {
    bytes: joined(
      withSegments(
        JPEG,
        { type: "e1", body: joined("Exif\0\0", exif(6)) },
        { type: "e1", body: XMP },
        { type: "e2", body: joined("MPF\0Secret") },
        { type: "ed", body: joined("Photoshop 3.0\0Secret") },
        { type: "fe", body: joined("Secret") },
      ),
      ZIP,
    ),
    turned: true,
  },
  "image/png": {
    bytes: joined(
      png(16, 8, [
        { type: "tEXt", body: joined("Author\0Secret") },
        { type: "zTXt", body: joined("Author\0\0Secret") },
        { type: "iTXt", body: joined("XML:com.adobe.xmp\0\0\0\0\0Secret") },
        { type: "tIME", body: [7, 234, 1, 1, 1, 1, 1] },
        { type: "eXIf", body: exif(6) },
        { type: "prVt", body: joined("Secret") },
        { type: "pHYs", body: [0, 0, 0, 1, 0, 0, 0, 1, 0] },
      ]),
      ZIP,
    ),
    turned: true,
  },
  "image/gif": {
    bytes: joined(
      gif(16, 8, [
        gifExtension(0xff, "NETSCAPE2.0", [1, 0, 0]),
        gifExtension(0xfe, "Secret"),
        gifExtension(0xff, "XMP DataXMP", "Secret"),
        gifExtension(0xf9, [4, 10, 0, 0]),
        gifExtension(0x01, new Uint8Array(12), "Secret"),
        gifExtension(0xf9, [4, 10, 0, 0]),
      ]),
      ZIP,
    ),
    turned: false,
  },
  "image/webp": {
    bytes: joined(
      withChunks(WEBP, 0x0c, { type: "EXIF", body: exif(6) }, { type: "XMP ", body: XMP }),
      ZIP,
    ),
    turned: false,
  },
};

for (const [type, { bytes, turned }] of Object.entries(FULL)) {
  Deno.test(`inspect leaves out of ${type} who, where and when, and what follows its end`, async () => {
    const { width, height, left } = await look(bytes, type);
    assert.deepEqual([width, height], turned ? [8, 16] : [16, 8]);
    assert.ok(occurrences(bytes, "Secret") > 2);
    assert.equal(occurrences(left, "Secret"), 0);
    assert.equal(occurrences(left, "PK"), 0);
  });

  Deno.test(`inspect finds nothing more to leave out of ${type}`, async () => {
    const once = await look(bytes, type);
    const twice = await look(once.left, type);
    assert.equal(twice.kept, undefined);
    assert.deepEqual([twice.width, twice.height], [once.width, once.height]);
  });

  Deno.test(`inspect refuses ${type} that ends in the middle, wherever that is`, async () => {
    const { left } = await look(bytes, type);
    for (let length = 12; length < left.length; length += 7) {
      const part = left.slice(0, length);
      await assert.rejects(look(part), refused("unsupported", /begins like a .* and is none/));
    }
  });
}

Deno.test("inspect keeps how often an animation is played, and how long a frame stays", async () => {
  const { left } = await look(FULL["image/gif"]?.bytes ?? gif());
  assert.equal(occurrences(left, "NETSCAPE2.0"), 1);
  assert.equal(occurrences(left, "\x21\xf9\x04\x04\x0a"), 1);
});

Deno.test("inspect keeps colours and the way they are coded", async () => {
  const bytes = withSegments(JPEG, { type: "ee", body: joined("Adobe\0d\0\0\0\0\x01") });
  assert.equal((await look(bytes)).kept, undefined);
  assert.equal(occurrences(bytes, "ICC_PROFILE"), 1);
});

Deno.test("inspect takes the small picture out of the head of a JPEG", async () => {
  const head = joined("JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01", "rgb");
  const bytes = joined(
    JPEG.subarray(0, 2),
    [0xff, 0xe0],
    int(head.length + 2, 2),
    head,
    JPEG.subarray(20),
  );
  const { left } = await look(bytes);
  assert.deepEqual(left.subarray(20), JPEG.subarray(20));
  assert.equal(occurrences(left, "rgb"), 0);
});

Deno.test("inspect refuses 50,000 × 50,000 pixels in every format, and says both figures", async () => {
  const wide = (bytes: Bytes, at: number, value: Bytes) => {
    const copy = bytes.slice();
    copy.set(value, at);
    return copy;
  };
  const frame = JPEG.findIndex((byte, n) => byte === 0xff && JPEG[n + 1] === 0xc0);
  const canvas = [...int(49_999, 3, "little"), ...int(49_999, 3, "little")];
  const large = {
    jpeg: wide(JPEG, frame + 5, joined(int(50_000, 2), int(50_000, 2))),
    png: png(50_000, 50_000),
    gif: gif(50_000, 50_000),
    webp: wide(WEBP, 24, new Uint8Array(canvas)),
  };
  for (const [format, bytes] of Object.entries(large)) {
    assert.ok(bytes.length < 2_000, format);
    await assert.rejects(
      look(bytes),
      refused(
        "too-large",
        /^the picture has 50000 × 50000 pixels; at most 100 million are allowed$/,
      ),
    );
  }
});

Deno.test("inspect refuses an animation whose frames are too many pixels together", async () => {
  const bytes = gif(9_000, 9_000, [], 30);
  await assert.rejects(
    look(bytes),
    refused("too-large", /2000 million pixels in its first 25 frames/),
  );
});

const POLYGLOTS: Readonly<Record<string, Bytes>> = {
  "a script that begins like a GIF": joined(
    "GIF89a/*",
    new Uint8Array(20),
    "*/=1;alert(document.cookie)//",
  ),
  "a script in a JPEG's head": joined([0xff, 0xd8, 0xff, 0xe0], "/*", "*/=alert(1)/*"),
  "a page after a PNG's signature": joined([0x89], "PNG\r\n\x1a\n", "<script>alert(1)</script>"),
  "a page in a WebP's clothes": joined(
    "RIFF",
    int(30, 4, "little"),
    "WEBP",
    "<script>alert(1)</script>",
  ),
  "a PNG that ends before it has a picture": joined(png().subarray(0, 33), png().subarray(-12)),
  "a GIF without a frame": gif(16, 8, [], 0),
};
for (const [what, bytes] of Object.entries(POLYGLOTS)) {
  Deno.test(`inspect refuses ${what}`, async () => {
    await assert.rejects(
      look(bytes),
      refused("unsupported", /begins like a .* picture and is none/),
    );
  });
}

Deno.test("inspect reads a picture once, or a little more", async () => {
  const filler = { type: "prVt", body: new Uint8Array(200_000) };
  const bytes = png(16, 8, Array.from({ length: 20 }, () => filler));
  const source = sourceOf(bytes, 65_536);
  await inspect(source, { name: "a.png" });
  assert.ok(source.bytesRead < 2 * bytes.length, `${source.bytesRead} of ${bytes.length}`);
});

Deno.test("what is kept of a picture of many parts is read in few requests of the store", async () => {
  const parts = Array.from({ length: 5_000 }, () => [
    { type: "IDAT", body: [1] },
    { type: "tEXt", body: joined("Secret") },
  ]).flat();
  const bytes = png(16, 8, parts);
  const source = sourceOf(bytes, 65_536);
  const { kept } = await inspect(source, { name: "a.png" });
  assert.ok(kept);
  const left = await allOf(kept.bytes());
  assert.deepEqual([left.length, occurrences(left, "Secret")], [kept.size, 0]);
  assert.ok(source.readings < 60, String(source.readings));
  assert.ok(source.bytesRead < 4 * bytes.length, String(source.bytesRead));
});
