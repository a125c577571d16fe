import { batch, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { RelatedUser } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";

/** A pause in the typing that is long enough to ask. */
const PAUSE_MS = 250;

export type PeopleSearch = {
  /** What `people` is the answer to. */
  query: string;
  people: readonly RelatedUser[] | undefined;
  busy: boolean;
  error: unknown;
};

/** Searches as one types. An answer that was overtaken by a newer question is thrown away. */
export function usePeopleSearch(typed: string): PeopleSearch {
  const { client } = usePage();
  const query = typed.trim();
  const found = useSignal<Omit<PeopleSearch, "busy"> | undefined>(undefined);
  const busy = useSignal(false);
  useEffect(() => {
    let overtaken = false;
    const finish = (result: Omit<PeopleSearch, "busy"> | undefined) => {
      if (overtaken) return;
      batch(() => {
        found.value = result;
        busy.value = false;
      });
    };
    if (query === "") {
      finish(undefined);
      return;
    }
    busy.value = true;
    const timer = setTimeout(async () => {
      try {
        const people = await client.contacts.search(query);
        finish({ query, people, error: undefined });
      } catch (error) {
        finish({ query, people: undefined, error });
      }
    }, PAUSE_MS);
    return () => {
      overtaken = true;
      clearTimeout(timer);
    };
  }, [query]);
  const { value } = found;
  return {
    query: value?.query ?? "",
    people: value?.people,
    busy: busy.value,
    error: value?.error,
  };
}
