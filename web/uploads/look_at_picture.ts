import { rgbaToThumbHash } from "thumbhash";
import { LIMITS } from "../../lib/protocol/codes.ts";
import type { Look } from "./jobs.ts";

/** ThumbHash takes no larger ones. */
const PLACEHOLDER_PIXELS = 100;

/** From the best to what is small enough in any case. */
const ATTEMPTS = [
  { pixels: LIMITS.thumbnailPixels, quality: 0.8 },
  { pixels: LIMITS.thumbnailPixels, quality: 0.6 },
  { pixels: 480, quality: 0.6 },
  { pixels: 320, quality: 0.5 },
  { pixels: 160, quality: 0.4 },
];

/** @throws when the browser cannot show it */
export async function lookAtPicture(picture: Blob | ImageBitmap): Promise<Look> {
  // A picture that was taken with the camera upside down comes out upright.
  const whole = picture instanceof Blob ? await createImageBitmap(picture) : picture;
  try {
    for (const { pixels, quality } of ATTEMPTS) {
      const thumbnail = await compress(draw(whole, pixels), quality);
      if (thumbnail.size > LIMITS.thumbnailBytes) continue;
      return { thumbnail, placeholder: placeholderOf(whole) };
    }
    throw new Error("no small picture of it is small enough");
  } finally {
    whole.close();
  }
}

function draw(whole: ImageBitmap, pixels: number): OffscreenCanvas {
  const scale = Math.min(1, pixels / Math.max(whole.width, whole.height));
  const width = Math.max(1, Math.round(whole.width * scale));
  const height = Math.max(1, Math.round(whole.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = contextOf(canvas);
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, width, height);
  return canvas;
}

async function compress(canvas: OffscreenCanvas, quality: number): Promise<Blob> {
  const webp = await canvas.convertToBlob({ type: "image/webp", quality });
  if (webp.type === "image/webp") return webp;
  // Safari writes none. What is transparent would be black in a JPEG.
  const context = contextOf(canvas);
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  return await canvas.convertToBlob({ type: "image/jpeg", quality });
}

function placeholderOf(whole: ImageBitmap): string {
  const small = draw(whole, PLACEHOLDER_PIXELS);
  const { width, height } = small;
  const { data } = contextOf(small).getImageData(0, 0, width, height);
  return btoa(String.fromCharCode(...rgbaToThumbHash(width, height, data)));
}

function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser cannot draw");
  return context;
}
