import type { Challenge } from "../lib/protocol/model.ts";
import { ApiError, type Send } from "./api.ts";

/** Solves a proof of work; the answer is what is sent along as `proof`. */
export type SolveChallenge = (challenge: Challenge) => Promise<string>;

/** Sends a `POST` for which the server may want a proof of work, and once more with the proof. */
export type SendProving = <T>(path: string, body: object) => Promise<T>;

/** @param solve without it, or if it fails, one has to wait as long as the server says */
export function createSendProving(send: Send, solve: SolveChallenge | undefined): SendProving {
  return async <T>(path: string, body: object): Promise<T> => {
    try {
      return await send<T>("POST", path, { body });
    } catch (error) {
      if (solve === undefined || !(error instanceof ApiError) || error.challenge === undefined) {
        throw error;
      }
      // Some browsers cannot: over plain http they have no Web Crypto.
      const proof = await solve(error.challenge).catch(() => undefined);
      if (proof === undefined) throw error;
      return await send<T>("POST", path, { body: { ...body, proof } });
    }
  };
}
