import assert from "node:assert/strict";
import {
  BufferSource,
  BufferTarget,
  Conversion,
  Input,
  MkvOutputFormat,
  MovOutputFormat,
  Mp4OutputFormat,
  OggOutputFormat,
  Output,
  type OutputFormat,
  WEBM,
} from "mediabunny";
import { AppError } from "../../../../lib/errors.ts";
import { inspect } from "../../../../lib/files/content/inspect.ts";
import { readMedia } from "../../../../lib/files/content/media.ts";
import { type Bytes, int, joined, sourceOf } from "../../../support/byte_sources.ts";
import { FILM_MP4, FILM_WEBM, VOICE_MP4, VOICE_WEBM } from "../../../support/recordings.ts";

const look = (bytes: Bytes, type = "") => inspect(sourceOf(bytes), { type, name: "file" });

/** The same packets in another format. */
async function repacked(bytes: Bytes, format: OutputFormat, rotate?: 90): Promise<Bytes> {
  using input = new Input({ formats: [WEBM], source: new BufferSource(bytes) });
  const output = new Output({ format, target: new BufferTarget() });
  const video = rotate && { rotate, allowRotationMetadata: true };
  await (await Conversion.init({ input, output, ...(video && { video }) })).execute();
  assert.ok(output.target.buffer);
  return new Uint8Array(output.target.buffer);
}

/** A frame of silence is 417 bytes, and a 38th of a second. */
function mp3(frames: number): Bytes {
  const bytes = new Uint8Array(417 * frames);
  for (let n = 0; n < frames; n++) bytes.set([0xff, 0xfb, 0x90, 0x64], n * 417);
  return bytes;
}

function wav(seconds: number): Bytes {
  const small = (value: number, length: number) => int(value, length, "little");
  const format = [
    small(1, 2),
    small(1, 2),
    small(8_000, 4),
    small(8_000, 4),
    small(1, 2),
    small(8, 2),
  ];
  const data = new Uint8Array(8_000 * seconds);
  const head = ["WAVEfmt ", small(16, 4), ...format, "data", small(data.length, 4)];
  return joined("RIFF", small(36 + data.length, 4), ...head, data);
}

async function isAbout(bytes: Bytes, type: string, seconds: number, size?: [number, number]) {
  const found = await look(bytes, type);
  assert.equal(found.type, type);
  assert.deepEqual([found.width, found.height], size ?? [undefined, undefined]);
  assert.ok(Math.abs((found.duration ?? 0) - seconds) < 0.2, `${found.duration} s`);
  assert.equal(found.kept, undefined);
}

Deno.test("inspect tells how long a recording of the browser's is, and how large", async () => {
  await isAbout(VOICE_WEBM, "audio/webm", 0.5);
  await isAbout(VOICE_MP4, "audio/mp4", 0.5);
  await isAbout(FILM_WEBM, "video/webm", 0.5, [32, 16]);
  await isAbout(FILM_MP4, "video/mp4", 0.5, [32, 16]);
});

Deno.test("inspect tells how long sound is, in every format that people have", async () => {
  await isAbout(await repacked(VOICE_WEBM, new OggOutputFormat()), "audio/ogg", 0.5);
  await isAbout(await repacked(VOICE_WEBM, new Mp4OutputFormat()), "audio/mp4", 0.5);
  await isAbout(await repacked(FILM_WEBM, new MkvOutputFormat()), "video/matroska", 0.5, [32, 16]);
  await isAbout(mp3(115), "audio/mpeg", 3);
  await isAbout(wav(2), "audio/wav", 2);
});

Deno.test("inspect tells the size of a film that was held upright as it is shown", async () => {
  const bytes = await repacked(FILM_WEBM, new MovOutputFormat(), 90);
  await isAbout(bytes, "video/quicktime", 0.5, [16, 32]);
});

Deno.test("inspect takes sound and films that are broken, without figures that nobody knows", async () => {
  for (const whole of [VOICE_WEBM, FILM_MP4, wav(1)]) {
    const { duration = 0, kept } = await look(whole.slice(0, whole.length / 2));
    assert.ok(duration >= 0 && duration < 5, String(duration));
    assert.equal(kept, undefined);
  }
});

Deno.test("readMedia ends what a broken file keeps busy for ever", async () => {
  const bytes = VOICE_WEBM.slice();
  // The package looks for what it knows in the last eight bytes, again and again.
  bytes[265] = 230;
  bytes[258] = 255;
  bytes.fill(187, 794, 798);
  assert.deepEqual(await readMedia(sourceOf(bytes), "video/webm", 2_000), { type: "video/webm" });
});

const SMALL_SERVER = `
import { readMedia } from "./lib/files/content/media.ts";
import { endlessFilm } from "./tests/support/boxes.ts";
import { sourceOf } from "./tests/support/byte_sources.ts";
console.log(JSON.stringify(await readMedia(sourceOf(endlessFilm()), "video/mp4", 3_000)));
`;

Deno.test("readMedia gives a film that says it is endless little memory, and the process goes on", async () => {
  // Of a process of its own: where the memory of all its isolates is used up, it ends.
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--v8-flags=--max-old-space-size=64", SMALL_SERVER],
    cwd: new URL("../../../../", import.meta.url),
  }).output();
  const said = new TextDecoder().decode(stdout);
  assert.equal(said, '{"type":"video/mp4"}\n', new TextDecoder().decode(stderr));
});

Deno.test("inspect reads so much of a film or of sound, and no more", async () => {
  const source = sourceOf(mp3(10_000), 65_536);
  const { type, duration } = await inspect(source, { name: "long.mp3" });
  assert.equal(type, "audio/mpeg");
  assert.ok(Math.abs((duration ?? 0) - 261) < 3, `${duration} s`);
  assert.ok(source.bytesRead < 2_000_000, String(source.bytesRead));
});

Deno.test("inspect tells what the store says, and not that sound has no length", async () => {
  const gone = new AppError("unavailable", "the store cannot be reached");
  const source = sourceOf(mp3(1_000));
  const failing = {
    size: source.size,
    read: (start: number, end: number) => {
      if (start > 0) throw gone;
      return source.read(start, end);
    },
  };
  await assert.rejects(inspect(failing, { name: "a.mp3" }), (error) => error === gone);
});
