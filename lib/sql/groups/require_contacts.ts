import { AppError } from "../../errors.ts";
import type { Id } from "../../protocol/model.ts";
import { arrayLiteral, type Transaction } from "../open.ts";

/**
 * Refuses people whom `user` may not bring into a group, and answers alike for who is no contact,
 * who does not exist and where one has blocked the other.
 * @param pathOf where the request named a person
 */
export async function requireContacts(
  tx: Transaction,
  user: Id,
  people: readonly Id[],
  pathOf: (person: Id) => string,
): Promise<void> {
  if (people.length === 0) return;
  const refused = await tx<{ person: Id }[]>`
    select p.person from unnest(${arrayLiteral(people)}::uuid[]) with ordinality p (person, n)
    where not exists (
        select from contacts where user_id = ${user} and contact_id = p.person)
      or exists (select from blocks where user_id = ${user} and blocked_id = p.person)
      or exists (select from blocks where user_id = p.person and blocked_id = ${user})
    order by p.n`;
  if (refused.length === 0) return;
  throw new AppError("not-contact", "you can bring only your own contacts into a group", {
    errors: refused.map(({ person }) => ({ path: pathOf(person), message: "is not your contact" })),
  });
}
