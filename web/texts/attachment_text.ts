import type { Attachment } from "../../lib/protocol/model.ts";
import { kindOf } from "../attachment_kind.ts";
import { durationText } from "./amounts.ts";
import type { Translate } from "./text.ts";

/** A message with files in one line: what they are, and what it says about them. */
export function attachmentsText(
  t: Translate,
  attachments: readonly Attachment[],
  text: string,
): string {
  const [first] = attachments;
  if (first === undefined) return text;
  const count = attachments.length;
  if (count === 1) {
    const kind = kindOf(first);
    const about = kind === "voice" ? durationText(first.duration ?? 0) : first.name;
    return t("attachment.line", { what: t(`attachment.${kind}`), about: text || about });
  }
  const pictures = attachments.every((each) => kindOf(each) === "picture");
  const what = t(pictures ? "attachment.pictures" : "attachment.files", { count });
  return t("attachment.line", { what, about: text }).trim();
}
