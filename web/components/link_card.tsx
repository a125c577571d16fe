import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { LinkPreview } from "../../lib/protocol/model.ts";
import { useInView } from "../behaviours/in_view.ts";
import { usePicture } from "../behaviours/picture.ts";
import { usePage } from "../page_context.ts";
import { firstLink } from "../texts/links.ts";

/** What is at the first address of a text, once that is known and if this device shows it. */
export function LinkCard({ text }: { text: string }): JSX.Element | null {
  const { previews } = usePage();
  const url = previews.shown.value ? firstLink(text) : undefined;
  // What leads back here says by itself where it leads.
  if (url === undefined || new URL(url).origin === location.origin) return null;
  return <Card key={url} url={url} />;
}

function Card({ url }: { url: string }): JSX.Element {
  const { previews } = usePage();
  const place = useRef<HTMLDivElement>(null);
  const seen = useInView(place);
  useLayoutEffect(() => {
    if (seen) previews.want(url);
  }, [seen, url]);
  const preview = previews.known(url);
  return (
    // It comes later than the message, and is no news.
    <div ref={place} class="link-place" aria-live="off">
      {preview && <Shown url={url} preview={preview} />}
    </div>
  );
}

/** It leads to what was written, whatever is shown of it: strangers wrote the rest. */
function Shown({ url, preview }: { url: string; preview: LinkPreview }): JSX.Element {
  const { t } = usePage();
  const { picture } = usePicture(preview.image && { of: "preview", id: preview.id });
  return (
    <a
      class="link-card"
      href={url}
      target="_blank"
      rel="noopener noreferrer"
      data-testid="link-card"
    >
      {preview.image && (
        <span class="link-picture">
          {picture?.name === "ready" && <img src={picture.url} alt="" />}
        </span>
      )}
      <span class="link-words">
        <span class="hidden-text">{t("link.preview")}</span>
        <span class="link-title" dir="auto">{preview.title || preview.url}</span>
        {preview.description && <span class="link-about" dir="auto">{preview.description}</span>}
        <span class="link-site">{new URL(url).host}</span>
      </span>
    </a>
  );
}
