/**
 * The origin that a request was made at. Behind a proxy that takes the TLS off, only the page's
 * origin still says that it was there.
 */
export function originAskedAt(requestUrl: string, origin: string | undefined): string {
  const { host, protocol } = new URL(requestUrl);
  const secure = protocol === "https:" || origin === `https://${host}`;
  return `${secure ? "https" : "http"}://${host}`;
}
