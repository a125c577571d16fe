import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { usePeopleSearch } from "../behaviours/people_search.ts";
import { usePage } from "../page_context.ts";
import { hrefOf } from "../stores/route.ts";
import { FormProblem } from "./form_problem.tsx";
import { FoundPerson } from "./found_person.tsx";
import { Icon } from "./icon.tsx";
import { PeopleSection } from "./people_section.tsx";
import { TextField } from "./text_field.tsx";

export function AddContact(): JSX.Element {
  const { t } = usePage();
  const query = useSignal("");
  const search = usePeopleSearch(query.value);
  return (
    <section class="add-contact" aria-labelledby="add-contact-heading">
      <div class="add-contact-head">
        <h3 id="add-contact-heading" class="people-title">{t("contacts.add")}</h3>
        <a
          class="icon-button"
          href={hrefOf({ name: "contacts", adding: false })}
          aria-label={t("contacts.close_add")}
          data-testid="close-add-contact"
        >
          <Icon name="close" />
        </a>
      </div>
      <form role="search" onSubmit={(event) => event.preventDefault()}>
        <TextField
          label={t("contacts.search")}
          hint={t("contacts.search_hint")}
          value={query.value}
          onValue={(value) => query.value = value}
          type="search"
          maxLength={254}
          testid="people-search"
          literal
          focusOnMount
        />
      </form>
      <FormProblem error={search.error} />
      <p class="search-status" role="status" data-testid="search-status">
        {search.busy
          ? t("contacts.searching")
          : search.people?.length === 0 && t("contacts.nobody", { query: search.query })}
      </p>
      <PeopleSection title={t("contacts.results")} people={search.people ?? []}>
        {(person) => <FoundPerson key={person.id} person={person} />}
      </PeopleSection>
    </section>
  );
}
