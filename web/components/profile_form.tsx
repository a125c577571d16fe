import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Me } from "../../lib/protocol/model.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { fieldProblemText } from "../texts/problem_text.ts";
import { FormProblem } from "./form_problem.tsx";
import { TextArea } from "./text_area.tsx";
import { TextField } from "./text_field.tsx";

/** What others see of this person. */
export function ProfileForm({ me }: { me: Me }): JSX.Element {
  const { client, t } = usePage();
  const displayName = useSignal(me.displayName);
  const bio = useSignal(me.bio);
  const saved = useSignal(false);
  const empty = useSignal(false);
  const { busy, error, submit } = useSubmission(async () => {
    saved.value = false;
    empty.value = displayName.value.trim() === "";
    if (empty.value) return;
    await client.me.change({ displayName: displayName.value.trim(), bio: bio.value.trim() });
    saved.value = true;
  });
  const nameProblem = empty.value && displayName.value.trim() === ""
    ? t("problem.required")
    : fieldProblemText(t, error.value, "displayName");
  const bioProblem = fieldProblemText(t, error.value, "bio");
  return (
    <form class="form profile-form" noValidate onSubmit={submit} data-testid="profile-form">
      <TextField
        label={t("settings.display_name")}
        value={displayName.value}
        onValue={(value) => displayName.value = value}
        problem={nameProblem}
        autocomplete="name"
        maxLength={64}
        testid="profile-name"
      />
      <TextArea
        label={t("settings.bio")}
        hint={t("settings.bio_hint")}
        value={bio.value}
        onValue={(value) => bio.value = value}
        problem={bioProblem}
        maxLength={500}
        testid="profile-bio"
      />
      <FormProblem error={nameProblem ?? bioProblem ? undefined : error.value} />
      <div class="greeting-actions">
        <button
          type="submit"
          class="button"
          aria-disabled={busy.value}
          data-testid="profile-save"
        >
          {t("settings.save")}
        </button>
        <p class="saved-note" role="status">{saved.value && t("settings.saved")}</p>
      </div>
    </form>
  );
}
