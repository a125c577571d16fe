/** Pixels of a side: sharp where it is shown largest, on screens that have two for one. */
const SIDE = 512;

/** What was chosen is no picture that this browser can read. */
export class NoPicture extends Error {
  override name = "NoPicture";
}

/** The middle of a picture, as a small square one. @throws NoPicture */
export async function squarePicture(file: Blob): Promise<File> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new NoPicture();
  });
  try {
    const side = Math.min(bitmap.width, bitmap.height);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = Math.min(SIDE, side);
    canvas.getContext("2d")?.drawImage(
      bitmap,
      ...[(bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side] as const,
      ...[0, 0, canvas.width, canvas.height] as const,
    );
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/webp", 0.85));
    if (blob === null) throw new NoPicture();
    // Browsers that write no WebP write PNG instead.
    const ending = blob.type === "image/webp" ? "webp" : "png";
    return new File([blob], `picture.${ending}`, { type: blob.type });
  } finally {
    bitmap.close();
  }
}
