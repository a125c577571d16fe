import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Attachment } from "../../lib/protocol/model.ts";
import { boxAlone } from "../album_layout.ts";
import { useInView } from "../behaviours/in_view.ts";
import { usePicture } from "../behaviours/picture.ts";
import { useSignedMedia } from "../behaviours/signed_media.ts";
import { usePage } from "../page_context.ts";
import { placeholderOf } from "../placeholder.ts";
import { durationText } from "../texts/amounts.ts";
import { Icon } from "./icon.tsx";

/** A video. Nothing but its small picture is fetched before somebody wants to see it. */
export function VideoPlayer({ file }: { file: Attachment }): JSX.Element {
  const { client, t } = usePage();
  const place = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const { state, toggle } = useSignedMedia(video, () => client.files.address(file.id));
  const wanted = useInView(place) && file.thumbnail === true;
  const { picture } = usePicture(wanted ? { of: "thumbnail", id: file.id } : undefined);
  const blur = placeholderOf(file.placeholder);
  const { width, aspect } = boxAlone(file);
  const running = state === "playing" || state === "paused";
  // The button that somebody pressed goes; they stay.
  const holdsFocus = place.current?.contains(document.activeElement) ?? false;
  useLayoutEffect(() => {
    if (running && holdsFocus) video.current?.focus();
  }, [running]);
  return (
    <div class="video-place">
      <div
        ref={place}
        class="video"
        style={{ width: `${width}px`, aspectRatio: aspect }}
        data-testid="video"
        data-state={state}
      >
        {blur && !running && <img class="tile-layer" src={blur} alt="" />}
        <video
          ref={video}
          class="tile-layer video-picture"
          aria-label={file.name}
          preload="none"
          playsInline
          controls={running}
          {...(picture?.name === "ready" && { poster: picture.url })}
        />
        {!running && (
          <button
            type="button"
            class="tile-button"
            aria-label={t("attachment.play_video", { name: file.name })}
            aria-disabled={state === "opening"}
            data-testid="play-video"
            onClick={toggle}
          >
            <span class="video-play">
              <Icon name="play" size={24} />
            </span>
            {file.duration !== undefined && (
              <span class="tile-size">{durationText(file.duration)}</span>
            )}
          </button>
        )}
      </div>
      {state === "failed" && <p class="sound-failed" role="status">{t("attachment.failed_play")}
      </p>}
    </div>
  );
}
