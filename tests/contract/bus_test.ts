import { openBroadcastBus } from "../../lib/bus/broadcast_bus.ts";
import type { Bus } from "../../lib/bus/bus.ts";
import { createMemoryWire } from "../../lib/bus/memory_bus.ts";
import { openNatsBus } from "../../lib/bus/nats_bus.ts";
import { logLostConnections } from "../../lib/stray_errors.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { findNats, startNats } from "../support/nats_server.ts";
import { suiteLog } from "../support/suite_log.ts";
import { openWorkerBus } from "../support/worker_bus.ts";
import { type ConnectedBuses, testBusContract } from "./bus_contract.ts";

// As in every process of the product.
logLostConnections(suiteLog);

function connected(one: Bus, other: Bus, stop?: () => void): ConnectedBuses {
  return {
    one,
    other,
    [Symbol.asyncDispose]: async () => {
      await one[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
      stop?.();
    },
  };
}

testBusContract("memory bus", () => {
  const wire = createMemoryWire();
  return Promise.resolve(connected(wire.open(), wire.open()));
});

testBusContract("broadcast bus in one isolate", () => {
  const name = crypto.randomUUID();
  return Promise.resolve(connected(openBroadcastBus(name), openBroadcastBus(name)));
});

testBusContract("broadcast bus across isolates", async () => {
  const name = crypto.randomUUID();
  const { bus, stop } = await openWorkerBus(name);
  return connected(openBroadcastBus(name), bus, stop);
});

testBusContract("NATS bus", async () => {
  const server = await startNats();
  const open = () =>
    openNatsBus(
      { kind: "nats", servers: [`127.0.0.1:${server.port}`], user: undefined, password: undefined },
      createFakeLog(),
    );
  const { one, other, ...both } = connected(await open(), await open());
  return {
    ...{ one, other },
    [Symbol.asyncDispose]: async () => {
      await both[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}, { selective: true, ignore: findNats() === undefined });
