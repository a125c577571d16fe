/** Whatever begins to play ends what plays: nobody listens to two. */
export function startOneAtATime(): void {
  let current: HTMLMediaElement | undefined;
  // These events do not bubble, but they do come by on their way down.
  document.addEventListener("play", ({ target }) => {
    if (!(target instanceof HTMLMediaElement)) return;
    if (current !== target) current?.pause();
    current = target;
  }, true);
}
