import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Conversation, Member, Role } from "../../lib/protocol/model.ts";
import { useUntil } from "../behaviours/until.ts";
import { now } from "../now.ts";
import { usePage } from "../page_context.ts";
import { outranks } from "../permissions.ts";
import { presenceText } from "../texts/presence_text.ts";
import { problemText } from "../texts/problem_text.ts";
import { BlockDialog } from "./block_dialog.tsx";
import { ConfirmDialog } from "./confirm_dialog.tsx";
import { MenuButton } from "./menu_button.tsx";
import type { MenuItem } from "./menu.tsx";
import { Person } from "./person.tsx";

const HOUR = 3_600_000;

/** A member of a group, with what this person may do about them. */
export function MemberRow({ member, info }: { member: Member; info: Conversation }): JSX.Element {
  const page = usePage();
  const { client, contacts, route, session, dates, names, t } = page;
  const { user, role } = member;
  const problem = useSignal<unknown>(undefined);
  const asking = useSignal<"remove" | "transfer" | "block" | undefined>(undefined);
  const name = names.person(user);
  const mine = user.id === session.me.value?.id;
  const contact = contacts.find(user.id);
  const blocked = contacts.view.value.blocked.some(({ id }) => id === user.id);
  const silenced = useUntil(member.silencedUntil);

  const run = (what: Promise<void>) => {
    problem.value = undefined;
    what.catch((error) => problem.value = error);
  };
  const silence = (ms: number | null) =>
    client.groups.silence(
      info.id,
      user.id,
      ms === null ? null : new Date(now() + ms).toISOString(),
    );
  const setRole = (next: Exclude<Role, "owner">) =>
    run(client.groups.changeRole(info.id, user.id, next));
  const items = (): MenuItem[] => {
    const all: MenuItem[] = [];
    if (contact !== undefined) {
      all.push({
        label: t("member.message"),
        testid: "member-message",
        icon: "chats",
        run: () => route.go({ name: "conversation", id: contact.conversation }),
      });
    }
    if (info.role === "owner") {
      const admin = role === "admin";
      all.push({
        label: t(admin ? "member.make_member" : "member.make_admin"),
        testid: admin ? "make-member" : "make-admin",
        icon: "shield",
        run: () => setRole(admin ? "member" : "admin"),
      }, {
        label: t("member.transfer"),
        testid: "transfer",
        icon: "crown",
        run: () => asking.value = "transfer",
      });
    }
    if (outranks(info.role, role)) all.push(...overLesser());
    all.push(
      blocked
        ? {
          label: t("contacts.unblock"),
          testid: "unblock-member",
          icon: "block",
          run: () => run(client.contacts.unblock(user.id)),
        }
        : {
          label: t("contacts.block"),
          testid: "block-member",
          icon: "block",
          grave: true,
          run: () => asking.value = "block",
        },
    );
    return all;
  };
  /** What is done about somebody of a lower role. */
  const overLesser = (): MenuItem[] => {
    const all: MenuItem[] = [];
    if (silenced !== undefined) {
      all.push({
        label: t("member.unsilence"),
        testid: "unsilence",
        icon: "announcement",
        run: () => run(silence(null)),
      });
    } else {
      all.push({
        label: t("member.silence_hour"),
        testid: "silence-hour",
        icon: "mute",
        run: () => run(silence(HOUR)),
      }, {
        label: t("member.silence_day"),
        testid: "silence-day",
        icon: "mute",
        run: () => run(silence(24 * HOUR)),
      });
    }
    all.push({
      label: t("member.remove"),
      testid: "remove-member",
      icon: "leave",
      grave: true,
      run: () => asking.value = "remove",
    });
    return all;
  };
  const about = [
    ...(role === "member" ? [] : [t(`role.${role}`)]),
    ...(blocked ? [t("contacts.blocked")] : []),
    ...(silenced === undefined ? [] : [t("member.silenced", { time: dates.moment(silenced) })]),
  ];
  const ask = asking.value;
  return (
    <Person
      user={user}
      name={name}
      testid="member-row"
      about={presenceText(page, contact?.presence)}
      state={contact?.presence.state}
      {...(mine && { suffix: t("details.you") })}
      below={(about.length > 0 || problem.value !== undefined) && (
        <>
          {about.length > 0 && (
            <p class="member-role" data-testid="member-role">{about.join(" · ")}</p>
          )}
          {problem.value !== undefined && (
            <p class="form-problem" role="alert">{problemText(t, problem.value)}</p>
          )}
        </>
      )}
    >
      {!mine && (
        <MenuButton
          label={t("contacts.actions", { name })}
          testid="member-actions"
          items={items}
        />
      )}
      {ask === "remove" && (
        <ConfirmDialog
          title={t("member.remove_title", { name })}
          body={t("member.remove_body")}
          action={t("member.remove")}
          run={() => client.groups.removeMember(info.id, user.id)}
          onClose={() => asking.value = undefined}
        />
      )}
      {ask === "block" && (
        <BlockDialog
          user={user}
          name={name}
          onClose={() => asking.value = undefined}
        />
      )}
      {ask === "transfer" && (
        <ConfirmDialog
          title={t("member.transfer_title", { name })}
          body={t("member.transfer_body")}
          action={t("member.transfer")}
          run={() => client.groups.transfer(info.id, user.id)}
          onClose={() => asking.value = undefined}
        />
      )}
    </Person>
  );
}
