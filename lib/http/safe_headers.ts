/** What every answer says to a browser. */

/** A year. Of this host alone: what else lives below its name is not ours to decide. */
export const STRICT_TRANSPORT_SECURITY = "max-age=31536000";

/** What a device offers and nobody here asks for. */
const UNUSED = [
  ...["accelerometer", "camera", "geolocation", "gyroscope", "magnetometer", "midi", "payment"],
  ...["usb"],
];
/** The page itself may ask for the microphone, for voice messages; nothing that it might show may. */
export const PERMISSIONS_POLICY: Readonly<Record<string, string[]>> = {
  ...Object.fromEntries(UNUSED.map((feature) => [feature, []])),
  microphone: ["self"],
};

/** For an answer that is written past the routes and what stands in front of them. */
export const BARE_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": [...UNUSED, "microphone"].map((feature) => `${feature}=()`).join(", "),
  "referrer-policy": "no-referrer",
  "strict-transport-security": STRICT_TRANSPORT_SECURITY,
  "x-content-type-options": "nosniff",
};
