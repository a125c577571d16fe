import type { OpenWire, WireListener } from "../../client/transport.ts";
import type { Socket, SocketListener, UpgradeHandler } from "../../chat/socket/socket.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { Chance } from "./chance.ts";
import type { SimTime } from "./time.ts";
import type { Weather } from "./weather.ts";

/** A chat node as the network sees it. Each start of a node is another one. */
export interface Place {
  readonly alive: boolean;
  readonly upgrade: UpgradeHandler;
  /** Connections that break with it. */
  readonly links: Set<Link>;
}

/** The connection of a device to a node. */
export interface Link {
  /** Both ends hear of it; what is under way is lost. */
  cut(): void;
  /** Swallows everything from now on, and nobody hears of it. */
  freeze(): void;
  /** Is cut at the moment that the server sends the next answer to a message. */
  cutAtAnswer(): void;
}

/** Milliseconds after which a server stops waiting for the other half of a closing handshake. */
const CLOSE_TIMEOUT = 5_000;

/**
 * A connection within a connection-oriented network: what is sent one way arrives in order and once,
 * or not at all.
 */
export function openLink(
  parts: {
    time: SimTime;
    chance: Chance;
    weather: () => Weather;
    /** The server sends a text to a device of `user`. */
    told: (user: Id, text: string) => void;
    user: Id;
    /** Undefined where nothing listens. */
    place: Place | undefined;
    protocols: readonly string[];
  },
  client: WireListener,
): Link & ReturnType<OpenWire> {
  const { time, chance, weather, told, user, place, protocols } = parts;
  let clientOver = false;
  let serverOver = false;
  let severed = false;
  let frozen = false;
  let cutsAtAnswer = false;
  let server: SocketListener | undefined;
  let paused = true;
  const inbox: string[] = [];
  const lastArrival = { up: 0, down: 0 };

  const carry = (way: "up" | "down", arrive: () => void) => {
    const at = Math.max(lastArrival[way], time.now() + chance.delay(weather().slowness));
    lastArrival[way] = at;
    time.after(at - time.now(), () => {
      if (!severed && !frozen) arrive();
    });
  };
  const closeClient = (code: number) => {
    if (clientOver) return;
    clientOver = true;
    client.closed(code);
  };
  const closeServer = (code: number) => {
    if (serverOver) return;
    serverOver = true;
    if (place?.alive) server?.closed(code);
  };
  const cut = () => {
    if (severed) return;
    severed = true;
    const both = frozen ? [] : [() => closeClient(1006), () => closeServer(1006)];
    for (const close of both) time.after(chance.delay(weather().slowness), close);
  };
  const read = () => {
    while (!paused && !serverOver && place?.alive) {
      const text = inbox.shift();
      if (text === undefined) return;
      server?.heard();
      server?.text(text);
    }
  };

  const socket: Socket = {
    queuedBytes: 0,
    send: (text) => {
      if (serverOver || severed || !place?.alive) return;
      told(user, text);
      if (cutsAtAnswer && text.includes(`"type":"ok"`) && text.includes(`"duplicate"`)) {
        return cut();
      }
      carry("down", () => {
        if (!clientOver) client.text(text);
      });
    },
    ping: () => carry("down", () => carry("up", () => !serverOver && server?.heard())),
    whenFlushed: (callback) => void time.after(1, callback),
    pause: () => paused = true,
    resume: () => {
      paused = false;
      time.after(0, read);
    },
    close: (code) => {
      carry("down", () => {
        closeClient(code);
        carry("up", () => closeServer(code));
      });
      time.after(CLOSE_TIMEOUT, () => closeServer(1006));
      socket.resume();
    },
    terminate: () => {
      cut();
      time.after(0, () => closeServer(1006));
    },
  };

  carry("up", () => {
    if (place === undefined || !place.alive) return carry("down", () => closeClient(1006));
    place.upgrade({
      address: "",
      header: (name) => name === "sec-websocket-protocol" ? protocols.join(", ") : undefined,
      accept: (listener) => {
        if (clientOver || severed) return undefined;
        server = listener;
        carry("down", () => !clientOver && client.opened());
        return socket;
      },
      refuse: () => carry("down", () => closeClient(1006)),
    });
  });

  const link = {
    send: (text: string) => {
      if (clientOver || severed) return;
      carry("up", () => {
        inbox.push(text);
        read();
      });
    },
    close: () => {
      if (clientOver) return;
      carry("up", () => closeServer(1005));
      closeClient(1006);
    },
    cut,
    freeze: () => frozen = true,
    cutAtAnswer: () => cutsAtAnswer = true,
  };
  place?.links.add(link);
  return link;
}
