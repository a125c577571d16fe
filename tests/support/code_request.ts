import type { CodeRequest } from "../../verify/requests.ts";

/** Asked from one address, by somebody who reads English. */
export function asked(known: boolean): CodeRequest {
  return { known, language: "en", network: "192.0.2.1" };
}
