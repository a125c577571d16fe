import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { Invite } from "../../lib/protocol/model.ts";
import { copyText } from "../behaviours/copy_text.ts";
import { usePage } from "../page_context.ts";
import { createLazy } from "./lazy.tsx";

const QrCode = createLazy(async () => (await import("./qr_code.tsx")).QrCode);

/** A link to hand on: to copy, or to be read from the screen. */
export function InviteLink({ invite }: { invite: Invite }): JSX.Element {
  const { dates, t } = usePage();
  const id = useId();
  const copied = useSignal<boolean | undefined>(undefined);
  return (
    <div class="invite" data-testid="invite">
      <label class="hidden-text" for={id}>{t("invite.link")}</label>
      <div class="field-box">
        <input
          id={id}
          class="field-input"
          type="text"
          readOnly
          value={invite.url}
          onFocus={(event) => event.currentTarget.select()}
          data-testid="invite-url"
        />
        <button
          type="button"
          class="button button-small field-end"
          data-testid="copy-invite"
          onClick={async () => copied.value = await copyText(invite.url)}
        >
          {t("invite.copy")}
        </button>
      </div>
      <p class="field-hint" role="status">
        {copied.value === undefined
          ? t("invite.expires", { time: dates.moment(invite.expiresAt) })
          : t(copied.value ? "invite.copied" : "invite.copy_failed")}
      </p>
      <div class="qr-place">
        <QrCode text={invite.url} label={t("invite.qr")} />
      </div>
    </div>
  );
}
