import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Attachment } from "../../lib/protocol/model.ts";
import { useInView } from "../behaviours/in_view.ts";
import { usePicture } from "../behaviours/picture.ts";
import { usePage } from "../page_context.ts";
import { placeholderOf } from "../placeholder.ts";
import type { PictureName } from "../stores/pictures.ts";
import { sizeText } from "../texts/amounts.ts";
import { codeOf } from "../texts/problem_text.ts";

type PictureTileProps = { file: Attachment; grow: number; view(picture: Attachment): void };

/** A picture moves only as it came. */
const MOST_MOVING = 8 * 1024 * 1024;
/** What has no small picture is fetched as it is, unless that is much for a look in passing. */
const MOST_WHOLE = { bytes: 4 * 1024 * 1024, pixels: 24_000_000 };

/** One picture in a message: blurred until it is there. It is fetched when somebody nears it. */
export function PictureTile({ file, grow, view }: PictureTileProps): JSX.Element {
  const { language, t } = usePage();
  const tile = useRef<HTMLDivElement>(null);
  const seen = useInView(tile);
  const name = nameOf(file);
  const { picture, retry } = usePicture(seen ? name : undefined);
  /** It came, and is none. */
  const broken = useSignal(false);
  const failed = picture?.name === "failed" || broken.value;
  const gone = picture?.name === "failed" && codeOf(picture.error) === "not-found";
  const blur = placeholderOf(file.placeholder);
  const state = failed ? "failed" : picture?.name ?? "waiting";
  return (
    <div
      ref={tile}
      class="tile"
      style={{ flexGrow: grow }}
      data-testid="picture"
      data-state={state}
    >
      {blur && <img class="tile-layer" src={blur} alt="" data-testid="placeholder" />}
      {picture?.name === "ready" && !broken.value && (
        <img
          class="tile-layer"
          src={picture.url}
          alt=""
          onError={() => broken.value = true}
        />
      )}
      {failed
        ? (
          <button
            type="button"
            class="tile-button tile-words"
            data-testid="retry-picture"
            disabled={gone}
            aria-label={gone ? undefined : t("attachment.retry_picture_name", { name: file.name })}
            onClick={() => {
              broken.value = false;
              retry();
            }}
          >
            {t(gone ? "attachment.gone" : "attachment.retry_picture")}
          </button>
        )
        : (
          <button
            type="button"
            class="tile-button"
            aria-label={t("attachment.open_picture", { name: file.name })}
            data-testid="open-picture"
            onClick={() => view(file)}
          >
            {name === undefined && (
              <span class="tile-size">{sizeText(language.locale.value, file.size)}</span>
            )}
          </button>
        )}
    </div>
  );
}

/** What of it is shown in passing, if anything. */
function nameOf({ id, type, size, thumbnail, width = 0, height = 0 }: Attachment):
  | PictureName
  | undefined {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (type === "image/gif" && size <= MOST_MOVING && !still) return { of: "file", id };
  if (thumbnail) return { of: "thumbnail", id };
  const small = size <= MOST_WHOLE.bytes && width * height <= MOST_WHOLE.pixels;
  return small ? { of: "file", id } : undefined;
}
