import { type ReadonlySignal, useSignal } from "@preact/signals";

export type Submission = {
  busy: ReadonlySignal<boolean>;
  error: ReadonlySignal<unknown>;
  /** Does nothing while an earlier run is still under way. */
  run(): Promise<void>;
  submit(event: Event): void;
  /** The failure is about something that is not so any more. */
  forget(): void;
};

/** One form's or button's attempt: whether it is under way and why the last one failed. */
export function useSubmission(attempt: () => Promise<void>): Submission {
  const busy = useSignal(false);
  const error = useSignal<unknown>(undefined);
  const run = async () => {
    if (busy.value) return;
    busy.value = true;
    error.value = undefined;
    try {
      await attempt();
    } catch (reason) {
      error.value = reason;
    } finally {
      busy.value = false;
    }
  };
  return {
    busy,
    error,
    run,
    submit(event) {
      event.preventDefault();
      void run();
    },
    forget() {
      error.value = undefined;
    },
  };
}
