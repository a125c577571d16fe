/** What is less than a kilobyte is a matter of bytes, which `Intl` spells out. */
const UNITS = ["kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** Bytes as people say them: 1.2 MB. A kilobyte is 1,024 of them, as in the server's settings. */
export function sizeText(locale: string, bytes: number): string {
  if (bytes < 1_024) return `${new Intl.NumberFormat(locale).format(bytes)} B`;
  let value = bytes / 1_024;
  let unit = 0;
  // What would be rounded to 1,024 of one unit is 1 of the next.
  while (value >= 1_023.5 && unit < UNITS.length - 1) {
    value /= 1_024;
    unit++;
  }
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: UNITS[unit],
    unitDisplay: "short",
    maximumFractionDigits: value >= 99.95 ? 0 : 1,
  }).format(value);
}

/** Seconds as a player shows them: 0:07, 12:30, 1:02:03. */
export function durationText(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const pad = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3_600);
  return hours > 0
    ? `${hours}:${pad(minutes)}:${pad(whole % 60)}`
    : `${minutes}:${pad(whole % 60)}`;
}

/** A name in two parts: where there is no room for both, the first is cut, so that its end stays. */
export function nameParts(name: string): { head: string; tail: string } {
  const characters = [...name];
  const dot = characters.lastIndexOf(".");
  const ending = dot > 0 ? characters.length - dot : 0;
  const kept = Math.min(characters.length, ending > 0 && ending <= 8 ? ending + 3 : 4);
  const at = characters.length - kept;
  return { head: characters.slice(0, at).join(""), tail: characters.slice(at).join("") };
}

/** What stands on the sheet that a file is drawn as: PDF, DOCX. */
export function typeMark(name: string): string {
  const ending = /.\.([\p{L}\p{N}]{1,5})$/u.exec(name)?.[1];
  return ending?.toLocaleUpperCase() ?? "";
}
