import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { usePage } from "../page_context.ts";
import { createLazy } from "./lazy.tsx";
import { LanguageSwitch } from "./language_switch.tsx";
import { Mark } from "./mark.tsx";
import { SignIn } from "./sign_in.tsx";

const SignUp = createLazy(async () => (await import("./sign_up.tsx")).SignUp);
const ResetPassword = createLazy(async () => (await import("./reset_password.tsx")).ResetPassword);

/** For whoever is not signed in. The address keeps its hash, so one arrives where one wanted to. */
export function Entrance(): JSX.Element {
  const { invitation, route, t } = usePage();
  const at = route.current.value;
  const token = at.name === "join" ? at.token : undefined;
  useEffect(() => {
    if (token !== undefined) invitation.await(token);
  }, [token]);
  const way = useSignal<"sign-in" | "sign-up" | "reset">("sign-in");
  /** Whose password was just reset here. */
  const reset = useSignal<string | undefined>(undefined);
  return (
    <main class="entrance">
      <div class="entrance-card">
        <Mark />
        {token !== undefined && <p class="notice" data-testid="invited">{t("sign_in.invited")}</p>}
        {way.value === "sign-in" && (
          <SignIn
            reset={reset.value}
            onSignUp={() => way.value = "sign-up"}
            onReset={() => way.value = "reset"}
          />
        )}
        {way.value === "sign-up" && <SignUp onSignIn={() => way.value = "sign-in"} />}
        {way.value === "reset" && (
          <ResetPassword
            onBack={() => way.value = "sign-in"}
            onDone={(email) => {
              reset.value = email;
              way.value = "sign-in";
            }}
          />
        )}
      </div>
      <LanguageSwitch />
    </main>
  );
}
