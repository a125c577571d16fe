import type { ErrorCode } from "../../lib/protocol/codes.ts";
import type { TextKey } from "./text.ts";

/** Why people cannot be brought into a group. */
export const MEMBER_PROBLEMS: Partial<Record<ErrorCode, TextKey>> = {
  "conflict": "group.full",
  "not-contact": "group.not_contacts",
};
