import { type DetailedError, Upload } from "tus-js-client";
import { ApiError, problemIn } from "../../client/api.ts";
import type { Files } from "../../client/files.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { Place } from "./parcel.ts";

/** Bytes of one request: what is lost at most where a proxy keeps them until it has all. */
const CHUNK = 8 * 1024 * 1024;
/** From this size on, several parts are sent at the same time. */
const IN_PARTS_FROM = 32 * 1024 * 1024;
const PARTS = 3;

type Shipment = {
  file: Blob;
  metadata: Record<string, string>;
  /** Where a part of it is already. */
  place: Place | undefined;
  /** It is known where the rest goes after a break. */
  placed: (place: Place) => void;
  tell: (sent: number) => void;
  signal: AbortSignal;
};

/**
 * Sends a file, or the rest of it, and answers with its id. It tries once: whoever asks knows when
 * to try again.
 * @throws ApiError `not-found` when `place` is not there any more
 */
export type Transfer = (shipment: Shipment) => Promise<Id>;

export function createTransfer(
  files: Pick<Files, "uploads" | "accessToken" | "distrust">,
): Transfer {
  return ({ file, metadata, place, placed, tell, signal }) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const inParts = place === undefined ? file.size > IN_PARTS_FROM : "parts" in place;
      let used = "";
      const upload = new Upload(file, {
        endpoint: files.uploads,
        chunkSize: CHUNK,
        retryDelays: null,
        metadata,
        // Parts have no name of their own.
        metadataForPartialUploads: {},
        parallelUploads: inParts ? PARTS : 1,
        storeFingerprintForResuming: true,
        fingerprint: () => Promise.resolve("file"),
        urlStorage: {
          findAllUploads: () => Promise.resolve([]),
          findUploadsByFingerprint: () => Promise.resolve([]),
          removeUpload: () => Promise.resolve(),
          addUpload: (_fingerprint, { uploadUrl, parallelUploadUrls }) => {
            if (parallelUploadUrls !== null && parallelUploadUrls !== undefined) {
              placed({ parts: [...parallelUploadUrls] });
            } else if (uploadUrl !== null) placed({ url: uploadUrl });
            return Promise.resolve("place");
          },
        },
        onBeforeRequest: async (request) => {
          used = await files.accessToken();
          // A request that was not sent yet cannot be taken back.
          signal.throwIfAborted();
          request.setHeader("Authorization", `Bearer ${used}`);
        },
        onAfterResponse: (request, response) => {
          const status = response.getStatus();
          if (status < 400) return;
          if (status === 401) {
            // Its time is over, or another tab renewed it. If the session is, the next one is refused.
            files.distrust(used);
            throw new ApiError({ code: "unavailable", status, message: "the token was refused" });
          }
          const retryAfter = response.getHeader("Retry-After") ?? null;
          const problem = problemIn(status, retryAfter, response.getBody());
          // What is to be begun has nothing to be found, or to be out of step with.
          throw request.getMethod() === "POST" ? problem : onTheWay(problem);
        },
        onProgress: (sent) => tell(sent),
        onSuccess: () => {
          const id = upload.url?.split("/").at(-1);
          if (id === undefined || id === "") reject(new Error("the file has no address"));
          else resolve(id);
        },
        onError: (error) => {
          // The other parts would go on.
          void upload.abort();
          reject(reasonOf(error));
        },
      });
      if (place !== undefined) {
        upload.resumeFromPreviousUpload({
          size: file.size,
          metadata,
          creationTime: "",
          urlStorageKey: "place",
          uploadUrl: "url" in place ? place.url : null,
          parallelUploadUrls: "parts" in place ? place.parts : null,
        });
      }
      signal.addEventListener("abort", () => {
        void upload.abort();
        reject(signal.reason);
      }, { once: true });
      upload.start();
    });
}

/** A place that is not there any more, and one that has other bytes than were said: both go on. */
const GONE: ReadonlySet<number> = new Set([404, 410]);
const OUT_OF_STEP: ReadonlySet<number> = new Set([409, 423, 460]);

function onTheWay(problem: ApiError): ApiError {
  const { status, message, retryAfter } = problem;
  if (GONE.has(status)) return new ApiError({ code: "not-found", status, message });
  if (!OUT_OF_STEP.has(status)) return problem;
  return new ApiError({ code: "unavailable", status, message, retryAfter });
}

/** What is wrong, out of what tus made of it. */
function reasonOf(error: Error | DetailedError): unknown {
  const cause = "causingError" in error ? error.causingError : null;
  // A browser tells nothing of a request that did not get through, and it is the only cause left.
  return cause instanceof ApiError
    ? cause
    : new ApiError({ code: "unavailable", status: 0, message: error.message });
}
