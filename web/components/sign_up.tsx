import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useCodeSteps } from "../behaviours/code_steps.ts";
import { usePage } from "../page_context.ts";
import { CodeStep } from "./code_step.tsx";
import { EmailStep } from "./email_step.tsx";
import type { SignUpAnswers } from "./sign_up_answers.ts";
import { SignUpDetails } from "./sign_up_details.tsx";

export function SignUp(props: { onSignIn(): void }): JSX.Element {
  const { client, t } = usePage();
  const steps = useCodeSteps("register");
  const { step, email, code } = steps;
  const answers = useSignal<SignUpAnswers>({ displayName: "", username: "", password: "" });
  const register = () =>
    steps.use(async () => {
      const { displayName, ...account } = answers.value;
      const name = displayName.trim();
      await client.session.register({
        ...{ email: email.value, code: code.value, ...account },
        ...(name !== "" && { displayName: name }),
      });
    });

  if (step.value === "email") {
    return (
      <EmailStep
        steps={steps}
        testid="sign-up"
        title={t("sign_up.title")}
        label={t("code.email")}
        hint={t("code.email_hint")}
      >
        <p class="form-other">
          {t("sign_up.has_account")}{" "}
          <button
            type="button"
            class="text-button"
            data-testid="go-to-sign-in"
            onClick={props.onSignIn}
          >
            {t("sign_up.sign_in")}
          </button>
        </p>
      </EmailStep>
    );
  }
  if (step.value === "code") {
    return (
      <CodeStep
        steps={steps}
        testid="sign-up"
        title={t("code.title")}
        lead={t("code.sent", { email: email.value })}
      />
    );
  }
  return (
    <SignUpDetails
      answers={answers.value}
      onChange={(part) => answers.value = { ...answers.value, ...part }}
      register={register}
      onSignIn={props.onSignIn}
    />
  );
}
