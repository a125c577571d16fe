import type { Attachment } from "../lib/protocol/model.ts";

/** What the page does with a file: shows it, plays it, or offers it. */
export type AttachmentKind = "picture" | "video" | "voice" | "audio" | "file";

/** What every browser of these days decodes, and the server serves as a picture. */
const PICTURES: ReadonlySet<string> = new Set([
  ...["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"],
]);

export function kindOf(
  { type, waveform, width, height }: Pick<Attachment, "type" | "waveform" | "width" | "height">,
): AttachmentKind {
  if (PICTURES.has(type) && width !== undefined && height !== undefined) return "picture";
  const heard = type.startsWith("audio/");
  // Recorders put sound alone into containers that are called after videos.
  const pictureless = type.startsWith("video/") && width === undefined && waveform !== undefined;
  if (heard || pictureless) return waveform === undefined ? "audio" : "voice";
  return type.startsWith("video/") ? "video" : "file";
}
