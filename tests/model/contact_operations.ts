import * as rules from "./contact_rules.ts";
import { operation, type Part, personOf, some, word } from "./operation.ts";
import type { Name } from "./world.ts";

/** One of the last requests: rather one that was made to, or by, this person. */
function requestFor({ world, by }: Part, n: number, end: "from" | "to"): Name {
  const own = world.requests.filter((each) => each[end] === by);
  const from = n % 5 === 0 || own.length === 0 ? world.requests : own;
  return n === 99 ? "none" : from.at(-1 - Math.floor(n / 5) % from.length)?.name ?? "none";
}

export const requestContact = operation("asks", { to: some, greeting: word }, (part, chosen) => {
  const { by, self, names } = part;
  const { greeting } = chosen;
  const to = personOf(part, chosen.to);
  return {
    about: { to },
    expect: (world) => rules.requestContact(world, by, to, greeting),
    perform: () => self.call("POST", "/contact-requests", { user: names.id(to), greeting }),
  };
});

export const acceptRequest = operation(
  "accepts",
  { request: some, alias: word },
  (part, chosen) => {
    const { by, self, names } = part;
    const { alias } = chosen;
    const request = requestFor(part, chosen.request, "to");
    return {
      about: { request, alias },
      expect: (world) => rules.acceptRequest(world, by, request, alias),
      perform: () => self.call("POST", `/contact-requests/${names.id(request)}/accept`, { alias }),
    };
  },
);

export const declineRequest = operation("declines", { request: some }, (part, chosen) => {
  const { by, self, names } = part;
  const request = requestFor(part, chosen.request, "to");
  return {
    about: { request },
    expect: (world) => rules.declineRequest(world, by, request),
    perform: () => self.call("POST", `/contact-requests/${names.id(request)}/decline`),
  };
});

export const withdrawRequest = operation("withdraws", { request: some }, (part, chosen) => {
  const { by, self, names } = part;
  const request = requestFor(part, chosen.request, "from");
  return {
    about: { request },
    expect: (world) => rules.withdrawRequest(world, by, request),
    perform: () => self.call("DELETE", `/contact-requests/${names.id(request)}`),
  };
});

export const openDirect = operation("opens", { other: some }, (part, chosen) => {
  const { by, self, names } = part;
  const other = personOf(part, chosen.other);
  return {
    about: { other },
    expect: (world) => rules.openDirect(world, by, other),
    perform: () => self.call("POST", "/conversations", { kind: "direct", user: names.id(other) }),
  };
});

export const renameContact = operation("names", { other: some, alias: word }, (part, chosen) => {
  const { by, self, names } = part;
  const { alias } = chosen;
  const other = personOf(part, chosen.other);
  return {
    about: { other, alias },
    expect: (world) => rules.renameContact(world, by, other, alias),
    perform: () => self.call("PATCH", `/contacts/${names.id(other)}`, { alias }),
  };
});

export const removeContact = operation("drops", { other: some }, (part, chosen) => {
  const { by, self, names } = part;
  const other = personOf(part, chosen.other);
  return {
    about: { other },
    expect: (world) => rules.removeContact(world, by, other),
    perform: () => self.call("DELETE", `/contacts/${names.id(other)}`),
  };
});

export const block = operation("blocks", { other: some }, (part, chosen) => {
  const { by, self, names } = part;
  const other = personOf(part, chosen.other);
  return {
    about: { other },
    expect: (world) => rules.block(world, by, other, true),
    perform: () => self.call("PUT", `/blocks/${names.id(other)}`),
  };
});

export const unblock = operation("unblocks", { other: some }, (part, chosen) => {
  const { by, self, names, world } = part;
  const blocked = world.people.filter((each) => world.blocks.has(`${by} ${each}`));
  const other = blocked[chosen.other % (blocked.length + 1)] ?? personOf(part, chosen.other);
  return {
    about: { other },
    expect: (world) => rules.block(world, by, other, false),
    perform: () => self.call("DELETE", `/blocks/${names.id(other)}`),
  };
});

export const lookAt = operation("looks at", { other: some }, (part, chosen) => {
  const { by, self, names } = part;
  const other = personOf(part, chosen.other);
  return {
    about: { other },
    expect: (world) => rules.relationOf(world, by, other),
    perform: () => self.call("GET", `/users/${names.id(other)}`),
  };
});
