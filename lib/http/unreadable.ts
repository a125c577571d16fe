/** Answers what never becomes a request: not HTTP, too slow, too long, or addressed to nobody. */
import type { Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { AppError } from "../errors.ts";
import { BARE_HEADERS } from "./safe_headers.ts";
import { type Problem, problemOf, writeProblem } from "../problem.ts";

/** Makes `http` answer with a problem where it would answer with a bare status. */
export function answerUnreadable(http: Server): void {
  /** Several, where requests came without waiting for the answers before them. */
  const answering = new WeakMap<Duplex, Set<ServerResponse>>();
  http.on("request", ({ socket }, response) => {
    const open = answering.get(socket) ?? new Set();
    answering.set(socket, open.add(response));
    response.on("close", () => {
      open.delete(response);
      // Or each WebSocket would keep what came before it in memory for as long as it lives.
      if (open.size === 0 && answering.get(socket) === open) answering.delete(socket);
    });
  });
  http.on("clientError", (error: Error & { code?: string }, stream) => {
    // What would come after the head of another answer would be taken for its body.
    const midway = [...answering.get(stream) ?? []].some((response) =>
      response.headersSent && !response.writableFinished
    );
    if (midway || error.code === "ECONNRESET" || !stream.writable) return void stream.destroy();
    stream.end(writeProblem(problemOfCode(error.code)), () => void stream.destroy());
  });
  // Nobody has to fulfil an expectation that they do not know (RFC 9110 section 10.1.1).
  http.on("checkExpectation", (request, response) => void http.emit("request", request, response));
}

/** For a request whose `Host` or address the adapter cannot read. */
export function answerMisaddressed(): Response {
  const problem = problemOf(new AppError("invalid", "the address or the host is not valid"));
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { ...BARE_HEADERS, "content-type": "application/problem+json" },
  });
}

/** HTTP has statuses of its own for these, which say it more precisely than the code's. */
function problemOfCode(code: string | undefined): Problem {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { ...problemOf(new AppError("timeout", "the request came too slowly")), status: 408 };
    case "HPE_HEADER_OVERFLOW":
      return { ...problemOf(new AppError("too-large", "the header is too long")), status: 431 };
    default:
      return problemOf(new AppError("invalid", "this is not a request that can be read"));
  }
}
