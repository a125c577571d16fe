/**
 * Many people who sign in at once, in a thread of their own: so that what they cost whoever measures
 * beside them is not counted as what they cost the server.
 */
import { within } from "./deadline.ts";

export type SignInOrder = { origin: string; login: string; password: string; count: number };
export type SignInAnswer = { status: number; code: string | undefined; retryAfter: number };

export interface SignInCrowd extends Disposable {
  /** All of them send before any is answered. */
  signIn(count: number): Promise<SignInAnswer[]>;
}

export function openSignInCrowd(who: Omit<SignInOrder, "count">): SignInCrowd {
  const worker = new Worker(new URL("./sign_in_crowd_worker.ts", import.meta.url), {
    type: "module",
  });
  let failure: string | undefined;
  worker.onerror = (event) => {
    event.preventDefault();
    failure = event.message;
  };
  return {
    signIn: async (count) => {
      if (failure !== undefined) throw new Error(failure);
      const { promise, resolve } = Promise.withResolvers<SignInAnswer[]>();
      worker.onmessage = ({ data }: MessageEvent<SignInAnswer[]>) => resolve(data);
      worker.postMessage({ ...who, count } satisfies SignInOrder);
      return await within(promise, `the answers to ${count} who sign in`, 60_000);
    },
    [Symbol.dispose]: () => worker.terminate(),
  };
}
