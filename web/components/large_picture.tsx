import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Attachment } from "../../lib/protocol/model.ts";
import { usePicture } from "../behaviours/picture.ts";
import { usePage } from "../page_context.ts";
import { placeholderOf } from "../placeholder.ts";
import { problemText } from "../texts/problem_text.ts";

/** How much larger than what fits, and by how many pixels it is moved aside. */
export type Zoom = { scale: number; x: number; y: number };

type LargePictureProps = {
  file: Attachment;
  zoom: Signal<Zoom>;
  scaleBy(factor: number): void;
};

/** The whole picture, over its small one until it has come. */
export function LargePicture({ file, zoom, scaleBy }: LargePictureProps): JSX.Element {
  const { client, t } = usePage();
  const stage = useRef<HTMLDivElement>(null);
  const url = useSignal<string | undefined>(undefined);
  const state = useSignal<"loading" | "ready" | "failed">("loading");
  const error = useSignal<unknown>(undefined);
  const attempt = useSignal(0);
  const { picture } = usePicture(file.thumbnail && { of: "thumbnail", id: file.id });
  const under = picture?.name === "ready" ? picture.url : placeholderOf(file.placeholder);

  useEffect(() => {
    let wanted = true;
    state.value = "loading";
    error.value = undefined;
    url.value = undefined;
    client.files.address(file.id).then((address) => {
      if (wanted) url.value = address;
    }, (reason) => {
      if (!wanted) return;
      error.value = reason;
      state.value = "failed";
    });
    return () => wanted = false;
  }, [file.id, attempt.value]);
  useEffect(() => pinchable(stage.current, zoom, scaleBy), []);

  const { width = 800, height = 600 } = file;
  const { scale, x, y } = zoom.value;
  return (
    <div ref={stage} class="large" data-zoomed={scale > 1}>
      <div
        class="large-fit"
        data-testid="large-picture"
        data-state={state.value}
        style={{
          width: `min(100cqw, ${width}px, 100cqh * ${width / height})`,
          aspectRatio: `${width} / ${height}`,
          transform: `translate(${x}px, ${y}px) scale(${scale})`,
        }}
      >
        {under && state.value !== "ready" && <img class="large-layer" src={under} alt="" />}
        {url.value !== undefined && state.value !== "failed" && (
          <img
            class="large-layer"
            src={url.value}
            alt={file.name}
            draggable={false}
            onLoad={() => state.value = "ready"}
            onError={() => state.value = "failed"}
          />
        )}
      </div>
      {state.value === "failed" && (
        <div class="large-failed" role="alert">
          <p>{error.value === undefined ? t("attachment.failed") : problemText(t, error.value)}</p>
          <button
            type="button"
            class="button"
            data-testid="retry-large"
            onClick={() => attempt.value++}
          >
            {t("app.try_again")}
          </button>
        </div>
      )}
    </div>
  );
}

/** A wheel and two fingers make it larger; a mouse and one finger move it once it is. */
function pinchable(
  stage: HTMLElement | null,
  zoom: Signal<Zoom>,
  scaleBy: (factor: number) => void,
): () => void {
  if (stage === null) return () => {};
  const down = new Map<number, { x: number; y: number }>();
  const spread = () => {
    const [one, other] = [...down.values()];
    return one && other ? Math.hypot(one.x - other.x, one.y - other.y) : 0;
  };
  const listeners = {
    wheel: (event: WheelEvent) => {
      event.preventDefault();
      scaleBy(Math.exp(-event.deltaY / 300));
    },
    pointerdown: (event: PointerEvent) => {
      if (event.target instanceof Element && event.target.closest("button")) return;
      stage.setPointerCapture(event.pointerId);
      down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    },
    pointermove: (event: PointerEvent) => {
      const before = down.get(event.pointerId);
      if (before === undefined) return;
      const apart = spread();
      down.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (down.size === 2 && apart > 0) return scaleBy(spread() / apart);
      const { scale, x, y } = zoom.peek();
      if (scale <= 1) return;
      const within = (value: number, side: number) =>
        Math.min(side * (scale - 1) / 2, Math.max(-side * (scale - 1) / 2, value));
      zoom.value = {
        scale,
        x: within(x + event.clientX - before.x, stage.clientWidth),
        y: within(y + event.clientY - before.y, stage.clientHeight),
      };
    },
    pointerup: (event: PointerEvent) => void down.delete(event.pointerId),
    pointercancel: (event: PointerEvent) => void down.delete(event.pointerId),
    dblclick: () => scaleBy(zoom.peek().scale > 1 ? 0 : 2.5),
  };
  const controller = new AbortController();
  const { signal } = controller;
  stage.addEventListener("wheel", listeners.wheel, { passive: false, signal });
  stage.addEventListener("pointerdown", listeners.pointerdown, { signal });
  stage.addEventListener("pointermove", listeners.pointermove, { signal });
  stage.addEventListener("pointerup", listeners.pointerup, { signal });
  stage.addEventListener("pointercancel", listeners.pointercancel, { signal });
  stage.addEventListener("dblclick", listeners.dblclick, { signal });
  return () => controller.abort();
}
