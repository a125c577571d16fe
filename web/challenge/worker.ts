/** Runs in a worker of the page: takes a challenge, and answers with what solves it. */
import { solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";
import type { Challenge } from "../../lib/protocol/model.ts";
import type { Solution } from "./solve_challenge.ts";

/** Milliseconds, in which a slow phone is done many times over. */
const WITHIN = 60_000;

self.onmessage = async ({ data }: MessageEvent<Challenge>) => {
  // What is thrown here nobody would hear of: no solution says it as well.
  self.postMessage(await solve(data).catch(() => undefined));
};

async function solve(challenge: Challenge): Promise<Solution | undefined> {
  const solved = await solveChallenge({ challenge, deriveKey, timeout: WITHIN });
  return solved === null ? undefined : { counter: solved.counter, derivedKey: solved.derivedKey };
}
