/** Bytes that may be on their way to a server; a quarter of them is when it is asked how far it is. */
const MOST = 32 * 1024 * 1024;

/** Bounds what is sent to somebody who does not read: it would all wait in memory. */
export interface Window {
  /** Counts what is to be sent, unless too much is on its way already. */
  admit(bytes: number): boolean;
  /** The connection is another one: nothing is on its way any more. */
  reset(): void;
}

/** @param arrive resolves when everything that was sent until now has arrived */
export function createWindow(arrive: () => Promise<void>): Window {
  let sent = 0;
  let arrived = 0;
  let asking = false;

  const ask = async () => {
    const until = sent;
    asking = true;
    try {
      await arrive();
      arrived = Math.max(arrived, until);
    } catch {
      // The connection is gone, and with it what was on its way.
    } finally {
      asking = false;
    }
  };

  return {
    admit: (bytes) => {
      if (sent + bytes - arrived > MOST) return false;
      sent += bytes;
      if (!asking && sent - arrived > MOST / 4) void ask();
      return true;
    },
    reset: () => void (arrived = sent),
  };
}
