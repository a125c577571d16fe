import { LIMITS } from "../../lib/protocol/codes.ts";

const LONGEST_ENDING = 20;

/** What a file is called, as near to its own name as the server takes it. */
export function fileName(own: string): string {
  const plain = own.toWellFormed()
    .replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, "")
    .replace(/[/\\]/g, "_")
    .trim();
  if (plain === "" || plain === "." || plain === "..") return "file";
  const letters = [...plain];
  if (letters.length <= LIMITS.fileName) return plain;
  // What it ends in says what opens it.
  const dot = letters.lastIndexOf(".");
  const ending = dot > 0 && letters.length - dot <= LONGEST_ENDING ? letters.slice(dot) : [];
  return [...letters.slice(0, LIMITS.fileName - ending.length), ...ending].join("");
}
