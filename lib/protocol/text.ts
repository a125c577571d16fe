import * as z from "zod";

/**
 * Text that PostgreSQL can store and JSON can carry: no U+0000 and no lone surrogates.
 * Lengths are counted in code points.
 */
export function text(bounds: { min?: number; max: number }): z.ZodType<string, string> {
  const min = bounds.min ?? 0;
  return z.string().superRefine((value, context) => {
    const problem = textProblem(value, min, bounds.max);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  }).meta({ ...(min > 0 && { minLength: min }), maxLength: bounds.max, pattern: "^[^\\u0000]*$" });
}

/** The same, without the space around it. */
export function trimmed(bounds: { min: number; max: number }): z.ZodType<string, string> {
  return z.string().trim().pipe(text(bounds)).meta({
    minLength: bounds.min,
    maxLength: bounds.max,
    pattern: "^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$",
  });
}

/** Control characters, ends of lines, and marks that turn the direction of what stands around them. */
const ONE_LINE = /^[^\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]*$/u;

/** What others read among words of ours: it looks like nothing but what it is, and stays in its line. */
export function oneLine(bounds: { max: number }): z.ZodType<string, string> {
  return text(bounds)
    .refine((value) => ONE_LINE.test(value), "must be one line without control characters")
    .meta({ maxLength: bounds.max, pattern: ONE_LINE.source });
}

function textProblem(value: string, min: number, max: number): string | undefined {
  // Code points are at most the UTF-16 length and at least half of it: count only when it matters.
  const doubtful = value.length > max ? value.length <= 2 * max : value.length < 2 * min;
  const length = doubtful ? [...value].length : value.length;
  if (length > max) return `must have at most ${max} characters`;
  if (length < min) return `must have at least ${min} character${min === 1 ? "" : "s"}`;
  if (value.includes("\0")) return "must not contain U+0000";
  if (!value.isWellFormed()) return "must be well-formed Unicode (a lone surrogate was found)";
  return undefined;
}
