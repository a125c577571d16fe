import { Server } from "@tus/server";
import { AppError } from "../../errors.ts";
import type { ErrorCode } from "../../protocol/codes.ts";
import type { TusStore } from "./tus_store.ts";

/** By the status that the package answers with, and in the words of this interface. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  404: "not-found",
  409: "conflict",
  410: "gone",
  412: "conflict",
  413: "too-large",
  415: "unsupported",
};

/** What the package reads. Of anything else that comes it would judge what is none of its business: a list of proxies, say. */
const HEADERS = new Set(["tus-resumable", "content-type", "content-length"]);

/**
 * Lets the package judge a request by the protocol, and do what it asks for with `store`. It has a
 * server for each request, which is little more than a table of functions: so a store knows whose
 * request it serves. The body is not handed over: through web streams and back, which have no bound of
 * their bytes, it would wait in memory.
 * @throws AppError for every refusal
 */
export async function answerTus(
  request: Request,
  store: TusStore,
  path: string,
): Promise<Response> {
  const server = new Server({
    path,
    datastore: store,
    relativeLocation: true,
    // Nobody else's page: whoever may ask was told before.
    allowedOrigins: [],
    // Who writes is settled before, for all processes.
    locker: { newLock: () => ({ lock: () => Promise.resolve(), unlock: () => Promise.resolve() }) },
    namingFunction: () => store.id,
    getFileIdFromRequest: () => store.id,
    onResponseError: (_request, error) => {
      throw error instanceof Error && !("status_code" in error) ? error : refusalOf(error);
    },
  });
  const { method, url } = request;
  const headers = [...request.headers].filter(([name]) =>
    HEADERS.has(name) || name.startsWith("upload-")
  );
  const response = await server.handleWeb(new Request(url, { method, headers }));
  if (!response.ok) {
    throw refusalOf({ status_code: response.status, body: await response.text() });
  }
  response.headers.delete("access-control-expose-headers");
  return response;
}

function refusalOf(error: Error | { status_code: number; body: string }): Error {
  if (!("status_code" in error)) return error;
  const status = Number(error.status_code);
  const body = "body" in error ? String(error.body).trim() : "";
  // What it could do, and is not asked to do here: such as a length that is said later.
  const isRefusal = status < 500 || status === 501;
  if (!isRefusal) return new Error(`tus: ${status} ${body}`);
  return new AppError(CODES[status] ?? "invalid", body, { ...(status === 412 && { status }) });
}
