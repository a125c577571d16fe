/** Files for tests of the page: seen and heard, and made here. */
/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { rgbaToThumbHash } from "thumbhash";

type Bytes = Uint8Array<ArrayBuffer>;

export type Drawn = {
  bytes: Bytes;
  type: string;
  width: number;
  height: number;
  placeholder: string;
  thumbnail: { bytes: Bytes; type: string };
};

/** A picture in colours around `hue`, drawn by the browser, with what a sender makes of it. */
export async function drawPicture(
  page: Page,
  { width, height, hue, type = "image/png" }: {
    width: number;
    height: number;
    hue: number;
    type?: string;
  },
): Promise<Drawn> {
  const { whole, small, pixels, side } = await page.evaluate(({ width, height, hue, type }) => {
    const draw = (w: number, h: number) => {
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width: w, height: h });
      const context = canvas.getContext("2d");
      if (context === null) throw new Error("there is no canvas");
      const sky = context.createLinearGradient(0, 0, 0, h);
      sky.addColorStop(0, `hsl(${hue} 60% 80%)`);
      sky.addColorStop(1, `hsl(${hue + 40} 55% 45%)`);
      context.fillStyle = sky;
      context.fillRect(0, 0, w, h);
      context.fillStyle = `hsl(${hue + 180} 60% 55%)`;
      context.beginPath();
      context.arc(w * 0.7, h * 0.35, Math.min(w, h) * 0.15, 0, 7);
      context.fill();
      return { canvas, context };
    };
    const share = Math.min(1, 320 / Math.max(width, height));
    const side = { w: Math.round(32 * width / Math.max(width, height)), h: 0 };
    side.h = Math.max(1, Math.round(32 * height / Math.max(width, height)));
    side.w = Math.max(1, side.w);
    const tiny = draw(side.w, side.h);
    return {
      whole: draw(width, height).canvas.toDataURL(type),
      small: draw(Math.round(width * share), Math.round(height * share)).canvas
        .toDataURL("image/webp", 0.8),
      pixels: [...tiny.context.getImageData(0, 0, side.w, side.h).data],
      side,
    };
  }, { width, height, hue, type });
  const hash = rgbaToThumbHash(side.w, side.h, pixels);
  return {
    ...{ bytes: bytesOf(whole), type, width, height },
    placeholder: btoa(String.fromCharCode(...hash)),
    thumbnail: { bytes: bytesOf(small), type: "image/webp" },
  };
}

function bytesOf(url: string): Bytes {
  return Uint8Array.from(atob(url.slice(url.indexOf(",") + 1)), (each) => each.charCodeAt(0));
}

/** A tone that comes and goes, as WAV, and what it looks like. */
export function makeSound(seconds: number): {
  bytes: Bytes;
  type: string;
  duration: number;
  waveform: string;
} {
  const rate = 8_000;
  const count = rate * seconds;
  const bytes = new Uint8Array(44 + count);
  const view = new DataView(bytes.buffer);
  const write = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at);
  write(0, "RIFF");
  view.setUint32(4, 36 + count, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  // Plain samples, one channel of 8 bits.
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  write(36, "data");
  view.setUint32(40, count, true);
  const loudness = (at: number) => 0.15 + 0.85 * Math.abs(Math.sin(at / count * 9));
  for (let at = 0; at < count; at++) {
    bytes[44 + at] = 128 + Math.round(20 * loudness(at) * Math.sin(at * 2 * Math.PI * 440 / rate));
  }
  const levels = Array.from({ length: 64 }, (_, at) => Math.round(255 * loudness(at * count / 64)));
  return {
    ...{ bytes, type: "audio/wav", duration: seconds },
    waveform: btoa(String.fromCharCode(...levels)),
  };
}

/** A short film without sound, as the browser writes it. */
export async function filmShapes(
  page: Page,
): Promise<{ bytes: Bytes; type: string; width: number; height: number; duration: number }> {
  const [width, height] = [320, 240];
  const url = await page.evaluate(async ({ width, height }) => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: "video/webm" });
    const chunks: Blob[] = [];
    recorder.addEventListener("dataavailable", ({ data }) => chunks.push(data));
    const ended = new Promise((resolve) => recorder.addEventListener("stop", resolve));
    recorder.start();
    for (let frame = 0; frame < 20; frame++) {
      if (context !== null) context.fillStyle = `hsl(${frame * 18} 60% 50%)`;
      context?.fillRect(0, 0, width, height);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    recorder.stop();
    await ended;
    const reader = new FileReader();
    reader.readAsDataURL(new Blob(chunks));
    await new Promise((resolve) => reader.addEventListener("load", resolve));
    return String(reader.result);
  }, { width, height });
  return { bytes: bytesOf(url), type: "video/webm", width, height, duration: 1 };
}
