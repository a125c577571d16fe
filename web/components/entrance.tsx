import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { usePage } from "../page_context.ts";
import { LanguageSwitch } from "./language_switch.tsx";
import { Mark } from "./mark.tsx";
import { SignIn } from "./sign_in.tsx";
import { SignUp } from "./sign_up.tsx";

/** For whoever is not signed in. The address keeps its hash, so one arrives where one wanted to. */
export function Entrance(): JSX.Element {
  const { invitation, route, t } = usePage();
  const at = route.current.value;
  const token = at.name === "join" ? at.token : undefined;
  useEffect(() => {
    if (token !== undefined) invitation.await(token);
  }, [token]);
  const way = useSignal<"sign-in" | "sign-up">("sign-in");
  return (
    <main class="entrance">
      <div class="entrance-card">
        <Mark />
        {token !== undefined && <p class="notice" data-testid="invited">{t("sign_in.invited")}</p>}
        {way.value === "sign-in"
          ? <SignIn onSignUp={() => way.value = "sign-up"} />
          : <SignUp onSignIn={() => way.value = "sign-in"} />}
      </div>
      <LanguageSwitch />
    </main>
  );
}
