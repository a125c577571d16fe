/** Milliseconds after which a file that says nothing is one that this browser cannot play. */
const PATIENCE = 10_000;

/** Seconds from the beginning: the very first frame is often black, and better than none. */
const FRAME_AT = 1;
/** Milliseconds for going there: what was recorded in a browser has no index, and may not get there. */
const SEEK_WITHIN = 3_000;

/** How long it is, and a frame of a video. Undefined where the browser cannot play it. */
export async function lookAtMedia(
  file: Blob,
  signal: AbortSignal,
): Promise<{ duration?: number; frame?: ImageBitmap } | undefined> {
  const video = file.type.startsWith("video/");
  const element = document.createElement(video ? "video" : "audio");
  const address = URL.createObjectURL(file);
  const patience = new AbortController();
  const stop = () => patience.abort();
  const timer = setTimeout(stop, PATIENCE);
  signal.addEventListener("abort", stop, { once: true });
  try {
    element.muted = true;
    element.preload = video ? "auto" : "metadata";
    element.src = address;
    await heard(element, video ? "loadeddata" : "loadedmetadata", patience.signal);
    // What is recorded in a browser often does not say.
    const known = Number.isFinite(element.duration) ? { duration: element.duration } : {};
    if (!(element instanceof HTMLVideoElement) || element.videoWidth === 0) return known;
    if (element.duration > FRAME_AT) {
      const sought = heard(element, "seeked", patience.signal);
      element.currentTime = FRAME_AT;
      await Promise.race([sought, new Promise((resolve) => setTimeout(resolve, SEEK_WITHIN))]);
    }
    return { ...known, frame: await createImageBitmap(element) };
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    element.removeAttribute("src");
    element.load();
    URL.revokeObjectURL(address);
  }
}

function heard(element: HTMLMediaElement, event: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error("it cannot be played"));
    if (signal.aborted) return fail();
    element.addEventListener(event, () => resolve(), { once: true, signal });
    element.addEventListener("error", fail, { once: true, signal });
    signal.addEventListener("abort", fail, { once: true });
  });
}
