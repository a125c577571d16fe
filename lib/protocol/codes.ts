/**
 * The stable codes of the wire contract: error codes, WebSocket close codes and limits.
 * This file imports nothing, so that the browser page can use it without a schema library.
 */

/** Error codes and the HTTP status each is answered with. */
export const ERROR_STATUS = {
  "invalid": 422,
  "unauthenticated": 401,
  "forbidden": 403,
  "not-found": 404,
  "conflict": 409,
  "gone": 410,
  "too-large": 413,
  "unsupported": 415,
  "rate-limited": 429,
  "code-wrong": 400,
  "code-expired": 400,
  "credentials": 401,
  "not-contact": 403,
  "not-member": 404,
  "unavailable": 503,
  "timeout": 504,
  "internal": 500,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** Codes for which trying the same request again can succeed. */
const RETRYABLE: ReadonlySet<string> = new Set<ErrorCode>([
  "rate-limited",
  "unavailable",
  "timeout",
  "internal",
]);

export function isRetryable(code: string): boolean {
  return RETRYABLE.has(code);
}

/** WebSocket close codes (RFC 6455 section 7.4) that Parley sends. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  unsupportedData: 1003,
  policyViolation: 1008,
  tooBig: 1009,
  internalError: 1011,
  restarted: 1012,
  slowConsumer: 4001,
  draining: 4002,
  accessExpired: 4102,
  sessionRevoked: 4201,
  flooding: 4203,
} as const;

export type CloseAction = "reconnect" | "refresh" | "stop";

/** What a client does after its socket closed with `code`. */
export function closeAction(code: number): CloseAction {
  if (code >= 4100 && code <= 4199) return "refresh";
  if (code === 1008 || code === 1009 || (code >= 4200 && code <= 4299)) return "stop";
  return "reconnect";
}

/** What mails are written in, and the page. The first one is for whoever understands neither. */
export const LANGUAGES = ["en", "zh-CN"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Days for which an account stays whose owner had it deleted: signing in calls it off. */
export const DELETION_DAYS = 14;

export const SUBPROTOCOL = "parley.v1";
export const TICKET_SUBPROTOCOL_PREFIX = "ticket.";

export const LIMITS = {
  /** Bytes of one client frame, fragments counted together. */
  frameBytes: 64 * 1024,
  /** Code points of one message. */
  textCharacters: 8_000,
  /** Bytes after which an answer with messages ends with `more: true`. */
  answerBytes: 256 * 1024,
  syncPage: { default: 100, max: 300 },
  historyPage: { default: 50, max: 200 },
  /** A client further behind than this drops its window instead of syncing. */
  syncWindow: 1_000,
  /** Milliseconds in which one's own message can be recalled. */
  recallWithin: 2 * 60_000,
  /** Different emoji on one message. */
  reactions: 20,
  /** Reactions on one message, which is sent anew with all of them for each. */
  reacting: 500,
  groupMembers: 5_000,
  /** Above this many members nobody is told how far others have read, or that they type. */
  receiptMembers: 100,
  /** People whose presence one connection watches. */
  watched: 500,
  /** Requests for contact of one person that are not answered yet. */
  contactRequests: 500,
  /** Files of one message. */
  attachments: 10,
  fileName: 255,
  /** Bytes of its owner's room that a file takes up at least: it costs that, however small it is. */
  fileRoom: 16 * 1024,
  /** Bytes of a file's small picture, and pixels of its longer side. */
  thumbnailBytes: 64 * 1024,
  thumbnailPixels: 640,
  /** Pixels of a picture: whoever looks at it needs four bytes for each. */
  imagePixels: 100_000_000,
  /** Seconds for which the address of a file counts that needs no header. */
  fileLink: { default: 600, max: 3_600 },
  bodyBytes: 1024 * 1024,
  /** Objects and lists in one another, in a body or a frame. */
  jsonDepth: 32,
} as const;
