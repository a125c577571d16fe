import { AppError } from "../../errors.ts";
import type { Id } from "../../protocol/model.ts";
import type { Transaction } from "../open.ts";

/** What every browser shows, and whoever sees the person or the group fetches. */
const TYPES: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/webp", "image/gif"]);
const BYTES = 5 * 1024 * 1024;
const PIXELS = 10_000_000;

/**
 * That a file can be shown as the picture of a person or a group. It has to be one of whoever puts it
 * there: everybody who sees it there may read it then, and nobody can show others' files around so. It
 * is not swept away before the transaction has made it a picture.
 * @throws AppError `not-found`, `invalid`
 */
export async function requireOwnPicture(tx: Transaction, owner: Id, id: Id): Promise<void> {
  const [file] = await tx<
    { type: string; size: number; width: number | null; height: number | null }[]
  >`
    select c.type, c.size, c.width, c.height from files f join contents c on c.id = f.content_id
    where f.id = ${id} and f.owner_id = ${owner} for key share of f`;
  if (file === undefined) throw new AppError("not-found", "you have no file with this id");
  const { type, size, width, height } = file;
  if (!TYPES.has(type)) throw refused(`is ${type}, and not a PNG, a JPEG, a WebP or a GIF`);
  if (size > BYTES) throw refused(`has ${size} bytes; at most ${BYTES}`);
  if (width === null || height === null) throw refused("does not say how large it is");
  if (width * height > PIXELS) {
    throw refused(`has ${width} × ${height} pixels; at most ${PIXELS} in all`);
  }
}

function refused(message: string): AppError {
  return new AppError("invalid", "this file cannot be such a picture", {
    errors: [{ path: "avatar", message }],
  });
}
