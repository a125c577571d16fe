import type { Challenge } from "../../lib/protocol/model.ts";

export type Solution = { counter: number; derivedKey: string };

/** Works in a worker: the page goes on as if there were nothing to do. */
export async function solveChallenge(challenge: Challenge): Promise<string> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  try {
    const solution = await new Promise<Solution | undefined>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Solution | undefined>) => resolve(data);
      worker.onerror = () => reject(new Error("the worker failed"));
      worker.postMessage(challenge);
    });
    if (solution === undefined) throw new Error("no solution was found in time");
    return btoa(JSON.stringify({ challenge, solution }));
  } finally {
    worker.terminate();
  }
}
