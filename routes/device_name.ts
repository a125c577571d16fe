import Bowser from "bowser";

/** Characters of the header that are looked at: real ones are shorter, and long ones take long. */
const LOOKED_AT = 512;
const LONGEST = 120;

/**
 * What a browser is called and runs on, as in "Firefox on Windows": for people who look through
 * their sessions. Empty where the header says nothing of either.
 */
export function deviceNameOf(userAgent: string | undefined): string {
  if (userAgent === undefined || userAgent === "") return "";
  const { browser, os } = Bowser.parse(userAgent.slice(0, LOOKED_AT));
  // Of a browser that is not known the name is whatever the header says.
  const names = [browser.name, os.name].map((name) =>
    (name ?? "").replaceAll(/[^\p{Letter}\p{Number} ._+-]/gu, "").trim()
  );
  return names.filter((name) => name !== "").join(" on ").slice(0, LONGEST);
}
