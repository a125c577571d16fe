import type { JSX } from "preact";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { FormProblem } from "./form_problem.tsx";

export function SignOut(): JSX.Element {
  const { client, route, t, uploads } = usePage();
  const unsent = uploads.parcels.value.some((parcel) =>
    parcel.uploads.some(({ state }) => state !== "ready")
  );
  const { busy, error, run } = useSubmission(async () => {
    await client.session.signOut();
    route.go({ name: "chats" });
  });
  return (
    <section class="setting" aria-labelledby="session-heading">
      <h3 id="session-heading" class="people-title">{t("settings.session")}</h3>
      <p class="setting-body">{t("settings.session_body")}</p>
      {unsent && <p class="setting-body">{t("settings.session_files")}</p>}
      <FormProblem error={error.value} />
      <button
        type="button"
        class="button"
        aria-disabled={busy.value}
        data-testid="sign-out"
        onClick={() => void run()}
      >
        {t("settings.sign_out")}
      </button>
    </section>
  );
}
