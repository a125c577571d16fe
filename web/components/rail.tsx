import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import { hrefOf, type Route } from "../stores/route.ts";
import { Icon, type IconName } from "./icon.tsx";

/** The way between the main screens: a column at the side, or a bar below on a narrow page. */
export function Rail(): JSX.Element {
  const { route, conversations, contacts, t } = usePage();
  const at = route.current.value.name;
  const unread = conversations.unread.value;
  const requests = contacts.view.value.incoming.length;
  return (
    <nav class="rail" aria-label={t("nav.label")}>
      <RailLink
        to={{ name: "chats" }}
        icon="chats"
        label={t("nav.chats")}
        current={at === "chats" || at === "conversation" || at === "new-group"}
        count={unread}
        countLabel={t("nav.unread", { count: unread })}
        testid="nav-chats"
      />
      <RailLink
        to={{ name: "contacts", adding: false }}
        icon="contacts"
        label={t("nav.contacts")}
        current={at === "contacts"}
        count={requests}
        countLabel={t("nav.requests", { count: requests })}
        testid="nav-contacts"
      />
      <RailLink
        to={{ name: "settings" }}
        icon="settings"
        label={t("nav.settings")}
        current={at === "settings"}
        testid="nav-settings"
      />
    </nav>
  );
}

/** More digits would cover the icon; what is read aloud is exact. */
const SHOWN_UP_TO = 99;

type RailLinkProps = {
  to: Route;
  icon: IconName;
  label: string;
  current: boolean;
  count?: number;
  countLabel?: string;
  testid: string;
};

function RailLink(props: RailLinkProps): JSX.Element {
  const { count = 0 } = props;
  const counted = count > 0;
  return (
    <a
      class="rail-link"
      href={hrefOf(props.to)}
      aria-current={props.current ? "page" : undefined}
      data-testid={props.testid}
    >
      <span class="rail-icon">
        <Icon name={props.icon} size={24} />
        {counted && (
          <span class="badge rail-badge" aria-hidden="true" data-testid={`${props.testid}-badge`}>
            {count > SHOWN_UP_TO ? `${SHOWN_UP_TO}+` : count}
          </span>
        )}
      </span>
      <span class="rail-label">{props.label}</span>
      {counted && <span class="hidden-text">({props.countLabel})</span>}
    </a>
  );
}
