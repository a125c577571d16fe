import { Metadata } from "@tus/server";
import { AppError, type FieldProblem } from "../../errors.ts";
import { FileName, Sha256 } from "../../protocol/requests.ts";

/** What a sender says of a file before it comes. */
export type Said = {
  readonly name: string;
  /** Such as `image/png`: no more than a claim. */
  readonly type: string | undefined;
  /** In hex. */
  readonly sha256: string | undefined;
};

/** RFC 6838 section 4.2, with parameters (RFC 9110 section 8.3.1) of any kind behind it. */
const TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(?:;[\x20-\x7e]{0,200})?$/;

/**
 * Reads `Upload-Metadata`.
 * @param partial parts have no name: what they become has one
 * @throws AppError `invalid`
 */
export function readMetadata(header: string | undefined, partial: boolean): Said {
  const fields = parse(header);
  const problems: FieldProblem[] = [];
  const name = fields.filename ?? "";
  if (!partial) {
    const { error } = FileName.safeParse(name);
    const message = error?.issues[0]?.message;
    if (message !== undefined) problems.push({ path: "filename", message });
  }
  // Browsers say nothing of a file that they do not know.
  const type = fields.filetype || undefined;
  if (type !== undefined && !TYPE.test(type)) {
    problems.push({ path: "filetype", message: "must be a media type such as image/png" });
  }
  const sha256 = fields.sha256?.toLowerCase() || undefined;
  const problem = sha256 === undefined ? undefined : Sha256.safeParse(sha256).error?.issues[0];
  if (problem !== undefined) problems.push({ path: "sha256", message: problem.message });
  if (problems.length > 0) {
    throw new AppError("invalid", "what Upload-Metadata says is not valid", { errors: problems });
  }
  return { name: partial ? "" : name, type, sha256 };
}

function parse(header: string | undefined): Record<string, string | null> {
  if (header === undefined) return {};
  try {
    return Metadata.parse(header);
  } catch {
    throw new AppError(
      "invalid",
      "Upload-Metadata is pairs of a name and a value in base64, separated by commas",
    );
  }
}
