import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { hashToken, newToken } from "../../lib/tokens.ts";
import { openLink } from "./sim_network.ts";
import type { SimWorld } from "./sim_world.ts";

/** A program that does not wait for answers, as the contract allows. */
export function burst(
  world: SimWorld,
  user: Id,
  room: Id,
  count: number,
  number: number,
): void {
  const { time, memory, nodes, witness } = world;
  const chance = world.chance(`burst ${number}`);
  const up = nodes.up();
  const node = up[chance.below(up.length)];
  if (node === undefined) return;
  const [session, ticket] = [newId(), newToken()];
  memory.addSession(session, user);
  memory.addTicket({ hash: hashToken(ticket), session, node, seconds: 30 });
  const ids = Array.from({ length: count }, () => newId());
  let answered = 0;
  const link = openLink({
    ...{ time, chance, weather: () => world.weather, told: witness.told, user },
    place: nodes.place(node),
    protocols: ["parley.v1", `ticket.${ticket}`],
  }, {
    opened: () => {},
    closed: () => {},
    text: (text) => {
      const frame = JSON.parse(text);
      if (frame.type === "session.ready") {
        ids.forEach((clientId, n) => {
          const send = { conversation: room, clientId, kind: "text", text: `burst.${number}.${n}` };
          link.send(JSON.stringify({ ...send, type: "message.send", ref: n + 1 }));
        });
      }
      if (frame.type !== "ok" && frame.type !== "error") return;
      const clientId = ids[frame.ref - 1];
      if (clientId === undefined) witness.breach(`an answer to nothing: ${text}`);
      else if (frame.type === "ok") {
        witness.acknowledged(clientId, room, frame.seq);
        witness.promised(clientId, { room, by: `burst ${number}`, order: frame.ref });
      }
      if (++answered === count) link.close();
    },
  });
}
