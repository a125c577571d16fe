import { AppError } from "../../errors.ts";
import type { Role } from "../../protocol/model.ts";

export function requireAdmin(role: Role): void {
  if (role === "member") {
    throw new AppError("forbidden", "only the owner and admins of this group may do that");
  }
}

export function requireOwner(role: Role): void {
  if (role !== "owner") throw new AppError("forbidden", "only the owner of this group may do that");
}

/** The owner is above everybody, an admin above members. */
export function requireAbove(role: Role, other: Role): void {
  requireAdmin(role);
  if (role !== "owner" && other !== "member") {
    throw new AppError("forbidden", `an admin cannot do that to ${words[other]}`);
  }
}

const words = { owner: "the owner", admin: "another admin", member: "a member" };
