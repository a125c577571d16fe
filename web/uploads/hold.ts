/**
 * Lets one tab of this browser work on `name`: `then` is called once no other does, be it because
 * that was closed. The answer lets go.
 */
export function hold(name: string, then: () => void): () => void {
  // Browsers offer it only to pages that came over https or from this machine.
  const locks: LockManager | undefined = navigator.locks;
  if (locks === undefined) {
    then();
    return () => {};
  }
  const waiting = new AbortController();
  let release = () => {};
  const held = new Promise<void>((resolve) => release = resolve);
  locks.request(name, { signal: waiting.signal }, () => {
    if (waiting.signal.aborted) return;
    then();
    return held;
  }).catch(() => {});
  return () => {
    waiting.abort();
    release();
  };
}
