/** Files as people bring them to the page, made in the browser itself. */
/// <reference lib="dom" />
import type { Page, Request } from "playwright-core";

/** A picture of noise, which cannot be made smaller: about three bytes a pixel. */
type Picture = { name: string; width: number; height: number; seed: number };

/** Drops a picture on the thread, after holding it above. `held` looks at the page meanwhile. */
export async function dropPicture(
  page: Page,
  picture: Picture,
  held: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await page.evaluate(makePicture, picture);
  const drag = (type: string) =>
    page.evaluate((type) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add((globalThis as unknown as { brought: File }).brought);
      const place = document.querySelector("[data-testid=message-log]");
      place?.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }, type);
  await drag("dragover");
  await held();
  await drag("drop");
}

export async function pastePicture(page: Page, picture: Picture): Promise<void> {
  await page.evaluate(makePicture, picture);
  await page.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add((globalThis as unknown as { brought: File }).brought);
    document.querySelector("[data-testid=composer]")?.dispatchEvent(
      new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }),
    );
  });
}

export async function choosePicture(page: Page, picture: Picture): Promise<void> {
  await page.evaluate(makePicture, picture);
  await choose(page);
}

/** A film of a second or so, which the browser records of a canvas. */
export async function chooseFilm(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: "video/webm" });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.start();
    for (let frame = 0; frame < 30; frame++) {
      context?.clearRect(0, 0, canvas.width, canvas.height);
      context?.fillRect(frame, frame, 100, 100);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    await new Promise((resolve) => {
      recorder.onstop = resolve;
      recorder.stop();
    });
    Object.assign(globalThis, { brought: new File(parts, "film.webm", { type: "video/webm" }) });
  });
  await choose(page);
}

/** A file of so many bytes that nobody has a use for. */
export async function chooseZeros(page: Page, size: number): Promise<void> {
  await page.evaluate((size) => {
    Object.assign(globalThis, { brought: new File([new Uint8Array(size)], "zeros.bin") });
  }, size);
  await choose(page);
}

async function choose(page: Page): Promise<void> {
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add((globalThis as unknown as { brought: File }).brought);
    const input = document.querySelector<HTMLInputElement>("[data-testid=attach-input]");
    if (input === null) throw new Error("there is no way to choose a file");
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

/** Runs in the page: the same picture for the same seed. */
async function makePicture({ name, width, height, seed }: Picture): Promise<void> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser cannot draw");
  const pixels = new Uint32Array(width * height);
  let state = seed;
  for (let at = 0; at < pixels.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    pixels[at] = (state >>> 8) | 0xff000000;
  }
  const bytes = new Uint8ClampedArray(pixels.buffer);
  context.putImageData(new ImageData(bytes, width, height), 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  Object.assign(globalThis, { brought: new File([blob], name, { type: "image/png" }) });
}

/** Requests of tus to send bytes, or to begin with it. */
export function sendsBytes(request: Request): boolean {
  const { pathname } = new URL(request.url());
  return request.method() === "PATCH" && /^\/api\/v1\/files\/[^/]+$/.test(pathname) ||
    request.method() === "POST" && pathname === "/api/v1/files";
}
