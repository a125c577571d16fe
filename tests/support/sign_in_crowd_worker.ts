/** The thread of sign_in_crowd.ts: each order is answered by what all of them were. */
/// <reference lib="deno.worker" />
import type { SignInAnswer, SignInOrder } from "./sign_in_crowd.ts";

self.onmessage = async ({ data }: MessageEvent<SignInOrder>) => {
  const { origin, login, password, count } = data;
  const answers = await Promise.all(
    Array.from({ length: count }, async (): Promise<SignInAnswer> => {
      const answer = await fetch(`${origin}/api/v1/sessions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ login, password, transport: "body" }),
      });
      const { code }: { code?: string } = await answer.json();
      return { status: answer.status, code, retryAfter: Number(answer.headers.get("retry-after")) };
    }),
  );
  self.postMessage(answers);
};
