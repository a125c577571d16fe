import { isStuck, type UploadView } from "../stores/uploads.ts";
import type { UploadProblem } from "../uploads/parcel.ts";
import { sizeText } from "./amounts.ts";
import { failureText } from "./problem_text.ts";
import type { TextKey, Translate } from "./text.ts";

/** What is said of files in other words than of everything else. */
const OF_FILES: Partial<Record<string, TextKey>> = {
  "too-large": "upload.too_large",
  "unsupported": "upload.unsupported",
  "invalid": "upload.invalid",
  "conflict": "upload.conflict",
  "not-found": "upload.not_found",
  "unreadable": "upload.unreadable",
  "expired": "upload.expired",
  "other-file": "upload.other_file",
};

/** Where a file stands. Reads how much of it is done only where it says so. */
export function uploadText(t: Translate, locale: string, upload: UploadView): string {
  const { state, size, problem } = upload;
  if (isStuck(upload)) return problemText(t, locale, problem);
  if (state === "ready") return sizeText(locale, size);
  if (state !== "sending") {
    return t(`upload.${state as Exclude<typeof state, "failed" | "missing">}`);
  }
  const done = sizeText(locale, upload.done.value);
  return t("upload.sending", { done, size: sizeText(locale, size) });
}

function problemText(t: Translate, locale: string, problem: UploadProblem | undefined): string {
  if (problem === undefined) return t("upload.missing");
  if (problem.code === "quota") {
    return t("upload.quota", { free: sizeText(locale, problem.free ?? 0) });
  }
  const special = OF_FILES[problem.code];
  return special === undefined ? failureText(t, problem.code) : t(special);
}
