/**
 * A small proof of work instead of a wait: nothing for a person's device, much for whoever has to do
 * it ten thousand times. ALTCHA's, version 2, without any third party.
 */
import { createChallenge, verifySolution } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/pbkdf2";
import * as z from "zod";
import type { Clock } from "../lib/clock.ts";
import { useOnce } from "../lib/kv/used.ts";
import { Challenge } from "../lib/protocol/model.ts";
import { equalSecrets, type Tokens } from "../lib/tokens.ts";

export interface Challenges {
  /** @param purpose what it opens, and for whom: it opens nothing else */
  make(purpose: readonly string[]): Promise<Challenge>;
  /** Whether `proof` answers a challenge that was made for `purpose` a short while ago. It counts once. */
  redeem(purpose: readonly string[], proof: string): Promise<boolean>;
}

/** Milliseconds in which it is to be answered. */
const LIFETIME = 5 * 60_000;
/** PBKDF2 passes of each try; a first byte of zero takes 256 tries on average: a second or two. */
const COST = 2_000;

const Proof = z.object({
  challenge: Challenge,
  solution: z.object({ counter: z.int(), derivedKey: z.string() }),
});

export function createChallenges(
  { kv, clock, tokens }: { kv: Deno.Kv; clock: Clock; tokens: Tokens },
): Challenges {
  const [secret = "", ...accepted] = tokens.keyedHashes("challenge signature", []);
  return {
    make: async (purpose) => {
      // Not ALTCHA's own end, which it judges by this machine's clock.
      const data = { for: tokens.keyedHash("challenge", purpose), until: clock.now() + LIFETIME };
      const challenge = await createChallenge({
        algorithm: "PBKDF2/SHA-256",
        cost: COST,
        deriveKey,
        data,
        hmacSignatureSecret: secret,
      });
      return Challenge.parse(challenge);
    },
    redeem: async (purpose, proof) => {
      const parsed = parseProof(proof);
      if (parsed === undefined) return false;
      const { challenge, solution } = parsed;
      const { data, nonce } = challenge.parameters;
      const until = Number(data.until);
      const meant = tokens.keyedHashes("challenge", purpose);
      const isMeant = meant.some((hash) => equalSecrets(String(data.for), hash));
      if (!isMeant || until <= clock.now()) return false;
      for (const hmacSignatureSecret of [secret, ...accepted]) {
        const { verified } = await verifySolution({
          challenge,
          solution,
          deriveKey,
          hmacSignatureSecret,
        });
        if (verified) return await useOnce(kv, ["challenge", nonce], until - clock.now());
      }
      return false;
    },
  };
}

function parseProof(proof: string): z.infer<typeof Proof> | undefined {
  try {
    return Proof.parse(JSON.parse(atob(proof)));
  } catch {
    return undefined;
  }
}
