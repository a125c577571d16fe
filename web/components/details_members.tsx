import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import { usePage } from "../page_context.ts";
import { AddMembers } from "./add_members.tsx";
import { Icon } from "./icon.tsx";
import { MemberRow } from "./member_row.tsx";
import { TextField } from "./text_field.tsx";

/** More are shown when somebody asks for them: there can be thousands. */
const PAGE = 50;
/** Longer lists can be searched. */
const FILTER_FROM = 12;

const RANK = { owner: 0, admin: 1, member: 2 } as const;

export function DetailsMembers({ view }: { view: ConversationView }): JSX.Element {
  const { names, t } = usePage();
  const { info, members } = view;
  const adding = useSignal(false);
  const filter = useSignal("");
  const shown = useSignal(PAGE);
  const wanted = filter.value.trim().toLocaleLowerCase();
  const found = members
    .filter(({ user }) =>
      `${names.person(user)} ${user.displayName} ${user.username}`.toLocaleLowerCase()
        .includes(wanted)
    )
    .toSorted((a, b) => RANK[a.role] - RANK[b.role] || a.joinedSeq - b.joinedSeq);
  return (
    <section class="details-part" aria-labelledby="members-heading">
      <div class="details-head">
        <h3 id="members-heading" class="people-title">
          {t("details.members", { count: info.memberCount })}
        </h3>
        <button
          type="button"
          class="button button-small"
          data-testid="add-members"
          onClick={() => adding.value = true}
        >
          <Icon name="add" size={16} />
          {t("details.add")}
        </button>
      </div>
      {members.length >= FILTER_FROM && (
        <TextField
          label={t("group.filter")}
          value={filter.value}
          onValue={(value) => filter.value = value}
          type="search"
          testid="member-filter"
          literal
        />
      )}
      <ul class="people-list">
        {found.slice(0, shown.value).map((member) => (
          <MemberRow key={member.user.id} member={member} info={info} />
        ))}
      </ul>
      {found.length > shown.value && (
        <button
          type="button"
          class="text-button"
          data-testid="more-members"
          onClick={() => shown.value += PAGE}
        >
          {t("details.more_members", { count: Math.min(PAGE, found.length - shown.value) })}
        </button>
      )}
      {adding.value && <AddMembers view={view} onClose={() => adding.value = false} />}
    </section>
  );
}
