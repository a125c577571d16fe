import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import { useFocusBack } from "../behaviours/focus_back.ts";
import { avatarOf } from "../avatar_of.ts";
import { usePage } from "../page_context.ts";
import { leads } from "../permissions.ts";
import { presenceText } from "../texts/presence_text.ts";
import { Avatar } from "./avatar.tsx";
import { AvatarForm } from "./avatar_form.tsx";
import { DetailsAnnouncement } from "./details_announcement.tsx";
import { DetailsHeader } from "./details_header.tsx";
import { DetailsMembers } from "./details_members.tsx";
import { DetailsPins } from "./details_pins.tsx";
import { DetailsSettings } from "./details_settings.tsx";
import { GroupInvite } from "./group_invite.tsx";
import { Icon } from "./icon.tsx";
import { Switch } from "./switch.tsx";
import { TextForm } from "./text_form.tsx";

/** Everything about a conversation but what is said in it. */
export function DetailsPane({ view }: { view: ConversationView }): JSX.Element {
  const page = usePage();
  const { client, contacts, names, t } = page;
  const { info } = view;
  const naming = useSignal(false);
  const opener = useFocusBack<HTMLButtonElement>(naming.value);
  const name = names.conversation(view);
  const group = info.kind === "group";
  const presence = info.peer && contacts.find(info.peer.id)?.presence;
  return (
    <section class="details" aria-labelledby="details-heading" data-testid="details">
      <DetailsHeader conversation={info.id} />
      <div class="details-body">
        <div class="details-who">
          <Avatar
            name={name}
            picture={avatarOf(view)}
            deleted={info.peer?.deleted}
            state={presence?.state}
          />
          <div class="person-names">
            <p class="details-name" dir="auto" data-testid="details-name">{name}</p>
            {info.peer && !info.peer.deleted && (
              <p class="person-username">
                {[`@${info.peer.username}`, presenceText(page, presence)].filter(Boolean)
                  .join(" · ")}
              </p>
            )}
            {group && (
              <p class="person-username">{t("thread.members", { count: info.memberCount })}</p>
            )}
          </div>
          {leads(info) && !naming.value && (
            <button
              ref={opener}
              type="button"
              class="icon-button"
              aria-label={t("details.edit_title")}
              title={t("details.edit_title")}
              data-testid="edit-title"
              onClick={() => naming.value = true}
            >
              <Icon name="edit" />
            </button>
          )}
        </div>
        {info.peer?.bio && <p class="details-text" dir="auto">{info.peer.bio}</p>}
        {naming.value && (
          <AvatarForm
            name={name}
            picture={info.avatar}
            change={(avatar) => client.groups.change(info.id, { avatar })}
          />
        )}
        {naming.value && (
          <TextForm
            label={t("group.title")}
            value={info.title}
            field="title"
            testid="group-title"
            maxLength={100}
            required
            save={(title) => client.groups.change(info.id, { title })}
            onDone={() => naming.value = false}
          />
        )}
        {group && <DetailsAnnouncement info={info} />}
        {group && <DetailsMembers view={view} />}
        {group && (leads(info)
          ? (
            <section class="details-part">
              <Switch
                label={t("details.history")}
                hint={t(info.historyVisible ? "details.history_on" : "details.history_off")}
                on={info.historyVisible}
                set={async (historyVisible) =>
                  void await client.groups.change(info.id, { historyVisible })}
                testid="history-visible"
              />
            </section>
          )
          : (
            <p class="field-hint">
              {t(info.historyVisible ? "details.history_on" : "details.history_off")}
            </p>
          ))}
        {leads(info) && <GroupInvite group={info.id} />}
        <DetailsPins view={view} />
        <DetailsSettings view={view} />
      </div>
    </section>
  );
}
