import { createHash } from "node:crypto";
import { AppError } from "../../errors.ts";

/** What the bytes of one request have to come to. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  /** @throws AppError with the status that tus has for it, where they came to something else */
  check(): void;
}

/** In the order in which they are preferred. */
export const CHECKSUM_ALGORITHMS = ["sha256", "sha1"] as const;

const MISMATCH = 460;

/** @throws AppError `invalid` where it cannot be read, or nobody here knows the algorithm */
export function readChecksum(header: string | undefined): Checksum | undefined {
  if (header === undefined) return undefined;
  const [name, value = "", ...more] = header.split(" ");
  const algorithm = CHECKSUM_ALGORITHMS.find((known) => known === name);
  if (algorithm === undefined || more.length > 0) {
    throw new AppError(
      "invalid",
      `Upload-Checksum is one of ${CHECKSUM_ALGORITHMS.join(" and ")}, and the checksum in base64`,
    );
  }
  const hash = createHash(algorithm);
  return {
    update: (bytes) => void hash.update(bytes),
    check: () => {
      if (hash.digest("base64") === value) return;
      throw new AppError("invalid", "what came has another checksum; nothing of it was kept", {
        status: MISMATCH,
      });
    },
  };
}
