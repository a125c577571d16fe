import { type ReadonlySignal, signal } from "@preact/signals";
import type { Id } from "../../lib/protocol/model.ts";

export type Route =
  | { name: "chats" }
  | { name: "conversation"; id: Id; details?: boolean }
  | { name: "new-group" }
  | { name: "join"; token: string }
  | { name: "contacts"; adding: boolean }
  | { name: "settings"; page?: SettingsPage };

const SETTINGS_PAGES = ["devices", "activity", "password", "email"] as const;
export type SettingsPage = (typeof SETTINGS_PAGES)[number];

export type RouteStore = { current: ReadonlySignal<Route>; go(route: Route): void };

/** The route is the address's hash: a reload, a bookmark and the back button all keep it. */
export function createRouteStore(): RouteStore {
  const current = signal(parse(location.hash));
  addEventListener("hashchange", () => {
    current.value = parse(location.hash);
  });
  return {
    current,
    go(route) {
      location.hash = hrefOf(route);
      current.value = route;
    },
  };
}

export function hrefOf(route: Route): string {
  switch (route.name) {
    case "chats":
      return "#/";
    case "conversation":
      return `#/c/${route.id}${route.details ? "/details" : ""}`;
    case "new-group":
      return "#/new-group";
    case "join":
      return `#/join/${route.token}`;
    case "contacts":
      return route.adding ? "#/contacts/add" : "#/contacts";
    case "settings":
      return route.page === undefined ? "#/settings" : `#/settings/${route.page}`;
  }
}

function parse(hash: string): Route {
  const [first, second, third] = hash.replace(/^#\/?/, "").split("/");
  if (first === "c" && second !== undefined && second !== "") {
    return { name: "conversation", id: second, details: third === "details" };
  }
  if (first === "join" && second !== undefined && second !== "") {
    return { name: "join", token: second };
  }
  if (first === "new-group") return { name: "new-group" };
  if (first === "contacts") return { name: "contacts", adding: second === "add" };
  if (first === "settings") {
    const page = SETTINGS_PAGES.find((page) => page === second);
    return { name: "settings", ...(page !== undefined && { page }) };
  }
  return { name: "chats" };
}
