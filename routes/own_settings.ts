import { Hono } from "hono";
import { notMember } from "../lib/errors.ts";
import { idParam, validate } from "../lib/http/validate.ts";
import type { OwnSettings } from "../lib/protocol/model.ts";
import { ChangeOwnSettings } from "../lib/protocol/requests.ts";
import { changeOwnSettings } from "../lib/sql/own_settings.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";
import { tell } from "./tell.ts";

/** Mounted below a conversation. What is told goes to the person's own devices and to nobody else. */
export function ownSettings({ sql, bus }: Gate, signedIn: SignedIn) {
  return new Hono<Env>()
    .patch("/:id/me", signedIn(), validate("json", ChangeOwnSettings), async (c) => {
      const { user } = c.get("access");
      const id = idParam(c.req.param("id"));
      const change = c.req.valid("json");
      const conversation = await changeOwnSettings(sql, user, id, change);
      if (conversation === undefined) throw notMember();
      if (Object.keys(change).length > 0) tell(bus, [user], { type: "conversation", conversation });
      const { mutedUntil, pinned, hidden, markedUnread, draft } = conversation;
      const settings: OwnSettings = { mutedUntil, pinned, hidden, markedUnread, draft };
      return c.json(settings);
    });
}
