import { type Client, createClient } from "../../client/client.ts";
import { createMemoryOutboxStorage, type OutboxStorage } from "../../client/outbox_storage.ts";
import type { OpenWire } from "../../client/transport.ts";
import type { Attachment, Id } from "../../lib/protocol/model.ts";
import type { Chance } from "./chance.ts";
import { createOnlooker, type Onlooker } from "./onlooker.ts";
import { type Link, openLink, type Place } from "./sim_network.ts";
import type { SimTime } from "./time.ts";
import type { Weather } from "./weather.ts";
import type { Witness } from "./witness.ts";

/** A device of a person: a real client, which is started again with the outbox that it stored. */
export interface Device {
  readonly name: string;
  readonly user: Id;
  readonly client: Client;
  /** Its newest connection. */
  readonly link: Link | undefined;
  /** The session that it is signed in with. */
  readonly session: Id | undefined;
  online: boolean;
  send(
    room: Id,
    text: string,
    mentions: readonly Id[],
    attachments?: readonly Attachment[],
  ): void;
  restart(): void;
  /** Looks at what it shows, where that may have changed. */
  look(): void;
  /** What it shows of a conversation may go, so often. */
  forgive(room: Id, times: number): void;
  close(): void;
}

/** What devices have in common. */
export type World = {
  readonly time: SimTime;
  readonly weather: () => Weather;
  readonly witness: Witness;
  readonly rooms: readonly Id[];
  readonly place: (node: string) => Place | undefined;
  readonly gate: (online: () => boolean, granted: (s: Id) => void) => typeof globalThis.fetch;
};

/** Milliseconds after which a device tries to sign in again. */
const SIGN_IN_EVERY = 1_000;

export function createDevice(world: World, user: Id, name: string, chance: Chance): Device {
  const { time, weather, witness, rooms, place, gate } = world;
  const storage = createMemoryOutboxStorage();
  let link: Link | undefined;
  let session: Id | undefined;
  let dirty = new Set<Id>();
  let onlookers = new Map<Id, Onlooker>();
  /** Counts starts, so that what belongs to an earlier one is ignored. */
  let starts = 0;
  let order = 0;

  /** The device's own storage takes its time as well. What has ended writes and hears nothing. */
  const slowly = (storage: OutboxStorage, running: () => boolean): OutboxStorage => {
    const wait = async () => {
      await time.sleep(chance.delay(Math.min(20, weather().slowness)));
      if (!running()) await new Promise(() => {});
    };
    return {
      load: async (account) => {
        await wait();
        return (await storage.load(account)).map((send) => ({ ...send }));
      },
      put: async (account, send) => {
        await wait();
        await storage.put(account, { ...send });
      },
      remove: async (account, clientId) => {
        await wait();
        await storage.remove(account, clientId);
      },
    };
  };

  const openWire: OpenWire = (url, protocols, listener) => {
    const asked = new Map<number, { clientId: Id; conversation: Id }>();
    const opened = openLink({
      ...{ time, chance, weather, told: witness.told, user, protocols },
      place: device.online ? place(url) : undefined,
    }, {
      ...listener,
      text: (text) => {
        const frame = JSON.parse(text);
        const send = frame.type === "ok" ? asked.get(frame.ref) : undefined;
        if (send !== undefined) {
          witness.acknowledged(send.clientId, send.conversation, frame.seq);
        }
        listener.text(text);
      },
    });
    link = opened;
    return {
      close: opened.close,
      send: (text) => {
        const frame = JSON.parse(text);
        if (frame.type === "message.send") asked.set(frame.ref, frame);
        opened.send(text);
      },
    };
  };

  const start = (): Client => {
    const running = () => client === started;
    const started: Client = createClient({
      origin: "http://gate",
      credentials: "body",
      outboxStorage: slowly(storage, running),
      timers: { now: time.now, after: time.after, random: chance.next },
      fetch: gate(() => device.online, (granted) => {
        if (running()) session = granted;
      }),
      openWire,
    });
    started.on("thread", ({ conversation }) => void dirty.add(conversation));
    started.on("session", ({ name }) => {
      for (const room of rooms) device.forgive(room, 1);
      if (name === "signed-out") time.after(SIGN_IN_EVERY, () => void signIn());
    });
    onlookers = new Map(rooms.map((room) => [
      room,
      createOnlooker({ client: started, user, room, name, breach: witness.breach }),
    ]));
    return started;
  };
  let client = start();

  const signIn = async () => {
    const own = ++starts;
    while (own === starts && client.session.state().name !== "signed-in") {
      await client.session.signIn(user, "").catch(() => time.sleep(SIGN_IN_EVERY));
    }
  };

  const device: Device = {
    name,
    user,
    online: true,
    get client() {
      return client;
    },
    get link() {
      return link;
    },
    get session() {
      return session;
    },
    send: (room, text, mentions, attachments = []) => {
      const said = { room, by: name, order: ++order };
      client.thread.send(room, text, { mentions, attachments }).then(
        (clientId) => witness.promised(clientId, said),
        // Nobody was signed in: nothing was promised.
        () => {},
      );
    },
    restart: () => {
      client.close();
      client = start();
      void signIn();
    },
    look: () => {
      const changed = dirty;
      dirty = new Set();
      for (const room of changed) onlookers.get(room)?.look();
    },
    forgive: (room, times) => onlookers.get(room)?.forgive(times),
    close: () => {
      starts++;
      client.close();
    },
  };
  void signIn();
  return device;
}
