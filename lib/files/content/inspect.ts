import type { ByteSource } from "../byte_source.ts";
import { withoutBoxedMetadata } from "./boxed_metadata.ts";
import { checkInside } from "./check_inside.ts";
import { checkClaim, type Claim } from "./claim.ts";
import { readMedia } from "./media.ts";
import type { Kept } from "./pieces.ts";
import { walkPicture } from "./pictures/walk_picture.ts";
import { sniff } from "./sniff.ts";
import { SourceReader } from "./source_reader.ts";
import { withoutTiffMetadata } from "./tiff.ts";

/** What a file is by what is in it. */
export interface Inspected {
  readonly type: string;
  /** As it is shown. */
  readonly width?: number;
  readonly height?: number;
  /** Seconds. */
  readonly duration?: number;
  /** What is to be kept instead of what came, where something has to be left out. */
  readonly kept?: Kept;
}

/**
 * Looks at what came. Nothing is decoded or unpacked, and what is read of it is bounded by its size.
 * @throws AppError `unsupported` or `too-large`, with what its sender can do about it
 */
export async function inspect(source: ByteSource, claim: Claim): Promise<Inspected> {
  const reader = new SourceReader(source);
  const type = await sniff(reader);
  checkClaim(claim, type);
  await checkInside(source, reader, type);
  const picture = await walkPicture(source, type);
  if (picture !== undefined) {
    const { width, height, pieces } = picture;
    return { type, width, height, ...withKept(pieces.kept()) };
  }
  const media = await readMedia(source, type);
  const isBoxed = /^(audio|video)\/|^image\/jxl$/.test(type);
  const kept = isBoxed
    ? await withoutBoxedMetadata(source, reader)
    : await withoutTiffMetadata(source, reader, type);
  return { ...media, ...withKept(kept) };
}

function withKept(kept: Kept | undefined): { kept?: Kept } {
  return kept === undefined ? {} : { kept };
}
