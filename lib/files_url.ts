import type { FilesConfig } from "./config.ts";
import { credentialsOf, isThisMachine } from "./url_parts.ts";

/** What every S3-compatible server takes. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^([\w.-]+\/)*$/;
const REGION = /^[\w-]{1,64}$/;

/** Where files are, as `PARLEY_FILES_URL` says it. Undefined for what is no such address. */
export function parseFilesUrl(value: string): FilesConfig | undefined {
  // A path as it is, as other settings name files, and also as a URL writes one from the root.
  const path = /^file:(?:\/\/(?=\/))?([^,]+)$/.exec(value)?.[1];
  if (path === undefined) return parseS3Url(value);
  if (path.startsWith("//")) return undefined;
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end--;
  return { kind: "disk", directory: path.slice(0, end) };
}

function parseS3Url(value: string): FilesConfig | undefined {
  const url = /^s3:\/\/\S+$/.test(value) ? URL.parse(value) : null;
  if (url === null || url.hostname === "" || url.hash !== "") return undefined;
  const asked = new Map(url.searchParams);
  const { region = "us-east-1", tls, ...unknown } = Object.fromEntries(asked);
  const sound = Object.keys(unknown).length === 0 && asked.size === url.searchParams.size &&
    REGION.test(region) && (tls === undefined || tls === "on" || tls === "off");
  const { name: accessKey, password: secretKey } = credentialsOf(url) ?? {};
  const [, bucket = "", rest = ""] = /^\/([^/]+)(?:\/(.*))?$/.exec(url.pathname) ?? [];
  const prefix = rest === "" || rest.endsWith("/") ? rest : `${rest}/`;
  if (!sound || !accessKey || !secretKey || !BUCKET.test(bucket) || !PREFIX.test(prefix)) {
    return undefined;
  }
  // Whoever listens on the way could read every file.
  const secure = tls === undefined ? !isThisMachine(url) : tls === "on";
  const endpoint = `${secure ? "https" : "http"}://${url.host}`;
  return { kind: "s3", endpoint, region, bucket, prefix, accessKey, secretKey };
}
