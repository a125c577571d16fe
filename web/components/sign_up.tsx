import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { ApiError } from "../../client/api.ts";
import { usePage } from "../page_context.ts";
import { codeOf } from "../texts/problem_text.ts";
import type { SignUpAnswers } from "./sign_up_answers.ts";
import { SignUpCode } from "./sign_up_code.tsx";
import { SignUpDetails } from "./sign_up_details.tsx";
import { SignUpEmail } from "./sign_up_email.tsx";

export function SignUp(props: { onSignIn(): void }): JSX.Element {
  const { client } = usePage();
  const step = useSignal<"email" | "code" | "details">("email");
  const answers = useSignal<SignUpAnswers>({
    email: "",
    code: "",
    displayName: "",
    username: "",
    password: "",
  });
  /** When another code may be asked for, in milliseconds of this device's clock. */
  const resendAt = useSignal(0);
  const requestedFor = useSignal("");
  /** Why the code was refused: the server looks at it only when the account is made. */
  const refused = useSignal<unknown>(undefined);

  const change = (part: Partial<SignUpAnswers>) => {
    answers.value = { ...answers.value, ...part };
  };
  const waitFor = (seconds: number) => {
    resendAt.value = Date.now() + seconds * 1000;
  };
  const requestCode = async () => {
    const { email } = answers.value;
    try {
      waitFor((await client.session.requestCode(email)).resendAfter);
    } catch (error) {
      if (error instanceof ApiError && error.retryAfter !== undefined) waitFor(error.retryAfter);
      throw error;
    }
    requestedFor.value = email;
    refused.value = undefined;
  };
  /** Going back and forth with the same address is no reason for another mail. */
  const requestFirstCode = async () => {
    const sent = requestedFor.value === answers.value.email && Date.now() < resendAt.value;
    if (!sent) await requestCode();
  };
  const register = async () => {
    const { displayName, ...account } = answers.value;
    const name = displayName.trim();
    try {
      await client.session.register({ ...account, ...(name === "" ? {} : { displayName: name }) });
    } catch (error) {
      const code = codeOf(error);
      if (code !== "code-wrong" && code !== "code-expired") throw error;
      refused.value = error;
      change({ code: "" });
      step.value = "code";
    }
  };

  if (step.value === "email") {
    return (
      <SignUpEmail
        email={answers.value.email}
        onEmail={(email) => change({ email })}
        requestCode={requestFirstCode}
        onDone={() => step.value = "code"}
        onSignIn={props.onSignIn}
      />
    );
  }
  if (step.value === "code") {
    return (
      <SignUpCode
        email={answers.value.email}
        code={answers.value.code}
        onCode={(code) => change({ code })}
        resendAt={resendAt}
        requestCode={requestCode}
        refused={refused.value}
        onDone={() => step.value = "details"}
        onChangeEmail={() => {
          change({ code: "" });
          step.value = "email";
        }}
      />
    );
  }
  return (
    <SignUpDetails
      answers={answers.value}
      onChange={change}
      register={register}
      onSignIn={props.onSignIn}
    />
  );
}
