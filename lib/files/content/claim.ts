import { supportedMimeTypes } from "file-type";
import { AppError } from "../../errors.ts";
import { UNKNOWN } from "./sniff.ts";

export interface Claim {
  /** What its sender says that it is. */
  readonly type?: string | undefined;
  readonly name: string;
}

/** A program that says no type says one by the name. */
const NAMED: Readonly<Record<string, string>> = {
  avif: "image/avif",
  gif: "image/gif",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  pdf: "application/pdf",
  png: "image/png",
  svg: "image/svg+xml",
  webp: "image/webp",
};
/** Lists of what to play are text, whatever they are called. */
const LISTS = new Set([
  ...["audio/mpegurl", "audio/x-mpegurl", "audio/x-scpls", "audio/scpls", "audio/x-ms-wax"],
  ...["video/x-ms-asx", "video/x-ms-wvx", "audio/x-pn-realaudio-plugin"],
]);
/** Films and sound whose type does not say that they are. */
const PLAYED = new Set([
  "application/ogg",
  "application/vnd.ms-asf",
  "application/mxf",
  "application/vnd.rn-realmedia",
]);

/**
 * Refuses what pretends to be something that people open without a thought.
 * @throws AppError `unsupported`
 */
export function checkClaim(claim: Claim, found: string): void {
  const said = saidType(claim);
  if (said === undefined || agrees(said, found)) return;
  throw new AppError("unsupported", `the file says ${said} and holds ${found}`);
}

/** Undefined where nothing is said that could be wrong. */
function saidType({ type = "", name }: Claim): string | undefined {
  const said = type.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (said.startsWith("text/")) return undefined;
  if (said !== "" && said !== UNKNOWN) return said;
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return Object.hasOwn(NAMED, ending) ? NAMED[ending] : undefined;
}

/**
 * Within a kind there are many names for the same, and a picture that is called by another's ending
 * is a picture all the same.
 */
function agrees(said: string, found: string): boolean {
  if (said === found) return true;
  const [kind] = said.split("/", 1);
  const [foundKind] = found.split("/", 1);
  if (said === "image/svg+xml" || found === "image/svg+xml") return kind !== "image";
  if (kind === "image") {
    // Of pictures that nobody would know by their bytes there is nothing to say.
    return foundKind === "image" || !isKnown(said) && (found === UNKNOWN || found === "text/plain");
  }
  if (kind === "audio" || kind === "video") {
    const isPlayed = foundKind === "audio" || foundKind === "video" || PLAYED.has(found);
    if (isPlayed || found === UNKNOWN) return true;
    // Programs are written in files whose ending is a film's as well.
    return isPlayedByName(said, found);
  }
  return said !== "application/pdf" || found === UNKNOWN;
}

function isPlayedByName(said: string, found: string): boolean {
  const isText = found.startsWith("text/") && found !== "text/html" || found === "application/xml";
  return isText && (said === "video/mp2t" || LISTS.has(said));
}

function isKnown(type: string): boolean {
  return type === "image/jpg" || type === "image/pjpeg" || supportedMimeTypes.has(type);
}
