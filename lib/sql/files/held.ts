import type { Fragment, Queries } from "../open.ts";

/** Whether others may be shown the file `f`: in a message, or as the picture of a person or a group. */
export function isHeld(sql: Queries): Fragment {
  return sql`(exists (select from message_files h where h.file_id = f.id)
    or exists (select from users u where u.avatar = f.id)
    or exists (select from conversations c where c.avatar = f.id))`;
}
