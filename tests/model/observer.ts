/** A real client that a person has beside their other devices, with every conversation open. */
import { type Client, createClient } from "../../client/client.ts";
import { realTimers } from "../../client/timers.ts";
import { openWebSocket, type Wire } from "../../client/transport.ts";
import type { SessionGrant } from "../../lib/protocol/model.ts";
import { eventually } from "../support/deadline.ts";
import type { SeededPerson } from "../support/seeded_person.ts";
import { agree } from "./agree.ts";
import { shown } from "./compare.ts";
import type { Scene } from "./operation.ts";
import * as views from "./views.ts";
import type { Name, World } from "./world.ts";

export interface Observer extends Disposable {
  /** Cuts the connection; the client comes back by itself. */
  cut(): void;
  /** @throws Error if it does not come to show what it should */
  converge(scene: Scene, world: World, person: Name): Promise<void>;
}

/** What the client does after a while it does sooner here: nothing of it is about how long. */
const HASTE = 20;
const PATIENCE = 20_000;

export async function openObserver(origin: string, person: SeededPerson): Promise<Observer> {
  const wires = new Set<{ wire: Wire; closed: () => void }>();
  const grant = await grantOf(person);
  const client = createClient({
    origin,
    credentials: "body",
    timers: { ...realTimers, after: (ms, then) => realTimers.after(ms / HASTE, then) },
    // Signed in by other means: passwords are costly, and not what this is about.
    fetch: async (input, init) =>
      new URL(String(input)).pathname === "/api/v1/sessions"
        ? Response.json(grant, { status: 201 })
        : await fetch(input, init),
    openWire: (url, protocols, listener) => {
      const wire = openWebSocket(url, protocols, {
        ...listener,
        closed: (code) => {
          wires.delete(line);
          listener.closed(code);
        },
      });
      const line = { wire, closed: () => listener.closed(1006) };
      wires.add(line);
      return wire;
    },
  });
  const opened = new Set<string>();
  client.on("conversations", () => {
    const there = new Set(client.conversations.list().map(({ info }) => info.id));
    for (const id of there) {
      if (opened.has(id)) continue;
      opened.add(id);
      // Where it fails, the person is in it no longer.
      client.thread.open(id).catch(() => opened.delete(id));
    }
    for (const id of opened) {
      if (client.conversations.get(id) === undefined) opened.delete(id);
    }
  });
  await client.session.signIn("anybody", "by other means");
  return {
    cut: () => {
      for (const { wire } of wires) wire.close();
    },
    converge: async (scene, world, person) => {
      let problem: unknown;
      await eventually(
        () => {
          if (client.connection.state().name === "waiting") client.connection.retryNow();
          try {
            compare(client, scene, world, person);
            return true;
          } catch (error) {
            problem = error;
            return false;
          }
        },
        () => `${person}'s client shows what it should (${problem})`,
        PATIENCE,
      );
    },
    [Symbol.dispose]: () => client.close(),
  };
}

async function grantOf(person: SeededPerson): Promise<SessionGrant> {
  return {
    user: {
      ...{ id: person.id, username: "", displayName: "", avatar: null, bio: "", email: "" },
      createdAt: new Date(0).toISOString(),
    },
    session: person.session,
    accessToken: await person.token(),
    accessExpiresIn: 900,
    refreshExpiresIn: 900,
    refreshToken: person.refreshToken,
  };
}

function compare(client: Client, scene: Scene, world: World, person: Name): void {
  const { names } = scene;
  const own = world.rooms.flatMap((room) => {
    const seat = room.members.get(person);
    return seat === undefined ? [] : [{ room, seat }];
  });
  for (const { room, seat } of own) {
    const view = client.conversations.get(names.id(room.name));
    if (view === undefined) throw new Error(`${room.name} is missing`);
    const { info, unread, mentions, lastMessage, draft } = view;
    const { seq: _, rev: __, ...expected } = views.conversationOf(room, person, seat);
    const { seq: ___, rev: ____, ...found } = { ...info, unread, mentions, lastMessage, draft };
    const plain = shown(scene, { ...found, seq: 0, rev: 0 });
    agree(plain, names.plain({ ...expected, seq: 0, rev: 0 }), room.name);
  }
  const rows = own.filter(({ room, seat }) => !views.conversationOf(room, person, seat).hidden);
  const listed = client.conversations.list().map(({ info }) => names.name(info.id) ?? info.id);
  agree(listed.toSorted(), rows.map(({ room }) => room.name).toSorted(), "the list");
  for (const { room, seat } of rows) {
    const thread = client.thread.view(names.id(room.name));
    const log = views.visibleLog(room, seat);
    if (!thread.loaded) throw new Error(`${room.name} is not loaded`);
    const from = thread.hasOlder ? log.length - thread.messages.length : 0;
    agree(names.plain(thread.messages), names.plain(log.slice(from)), `the thread of ${room.name}`);
  }
}
