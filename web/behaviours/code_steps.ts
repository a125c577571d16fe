import { type ReadonlySignal, type Signal, useSignal } from "@preact/signals";
import { ApiError } from "../../client/api.ts";
import type { CodePurpose } from "../../lib/protocol/requests.ts";
import { usePage } from "../page_context.ts";
import { codeOf } from "../texts/problem_text.ts";

/** The way that begins with an address, goes on with the code that was sent there, and then ends. */
export type CodeSteps = {
  step: Signal<"email" | "code" | "last">;
  email: Signal<string>;
  code: Signal<string>;
  /** When another code may be asked for, in milliseconds of this device's clock. */
  resendAt: ReadonlySignal<number>;
  /** Why the code was refused: the server looks at it only at the end. */
  refused: ReadonlySignal<unknown>;
  requestCode(): Promise<void>;
  /** Going back and forth with the same address is no reason for another mail. */
  requestFirstCode(): Promise<void>;
  /** Goes back to the address: a code belongs to one. */
  changeAddress(): void;
  /** Does what the code is for. If it is the code that is refused, the way goes back to it. */
  use(act: () => Promise<void>): Promise<void>;
};

export function useCodeSteps(purpose: CodePurpose): CodeSteps {
  const { client } = usePage();
  const step = useSignal<"email" | "code" | "last">("email");
  const email = useSignal("");
  const code = useSignal("");
  const resendAt = useSignal(0);
  const requestedFor = useSignal("");
  const refused = useSignal<unknown>(undefined);

  const waitFor = (seconds: number) => {
    resendAt.value = Date.now() + seconds * 1000;
  };
  const requestCode = async () => {
    const address = email.value;
    try {
      waitFor((await client.session.requestCode(address, purpose)).resendAfter);
    } catch (error) {
      if (error instanceof ApiError && error.retryAfter !== undefined) waitFor(error.retryAfter);
      throw error;
    }
    requestedFor.value = address;
    refused.value = undefined;
  };
  return {
    ...{ step, email, code, resendAt, refused, requestCode },
    requestFirstCode: async () => {
      const sent = requestedFor.value === email.value && Date.now() < resendAt.value;
      if (!sent) await requestCode();
    },
    changeAddress: () => {
      code.value = "";
      refused.value = undefined;
      step.value = "email";
    },
    use: async (act) => {
      try {
        await act();
      } catch (error) {
        const why = codeOf(error);
        if (why !== "code-wrong" && why !== "code-expired") throw error;
        refused.value = error;
        code.value = "";
        step.value = "code";
      }
    },
  };
}
