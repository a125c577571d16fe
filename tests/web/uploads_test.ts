/// <reference lib="dom" />
import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import { ApiError } from "../../client/api.ts";
import { createEvents } from "../../client/events.ts";
import type { ClientEvents, SendOptions, SessionState } from "../../client/views.ts";
import type { Attachment, Id } from "../../lib/protocol/model.ts";
import type { ParcelView, Uploads } from "../../web/stores/uploads.ts";
import type { Place } from "../../web/uploads/parcel.ts";
import { createMemoryParcelStorage, type ParcelStorage } from "../../web/uploads/parcel_storage.ts";
import { UnreadableFile } from "../../web/uploads/reading.ts";
import type { UploadParts } from "../../web/uploads/run_upload.ts";
import { createUploads } from "../../web/uploads/uploads.ts";
import { ME } from "../support/fake_server.ts";
import { createFakeTimers, type FakeTimers } from "../support/fake_timers.ts";

const KEPT_BYTES = 100;
const ROOM = "00000000-0000-7000-8000-000000000001";

type Sent = { conversation: Id; text: string; options: SendOptions | undefined };
type Shipment = Parameters<UploadParts["transfer"]>[0] & {
  arrive(id: Id): void;
  fail(error: unknown): void;
};

/** One tab of a browser, whose server and files do what a test says. */
function openTab(storage: ParcelStorage = createMemoryParcelStorage()): {
  uploads: Uploads;
  parcels: () => readonly ParcelView[];
  timers: FakeTimers;
  sent: Sent[];
  shipments: Shipment[];
  released: Id[];
  described: [Id, object][];
  links: string[];
  server: {
    has: boolean;
    link: () => Promise<Attachment | undefined>;
    send: () => Promise<void>;
    free: number;
    /** What was there is gone. */
    forgot: boolean;
    lock: (name: string, then: () => void) => () => void;
  };
  events: ReturnType<typeof createEvents<ClientEvents>>;
  storage: ParcelStorage;
} {
  const timers = createFakeTimers();
  const events = createEvents<ClientEvents>();
  const parcels = signal<readonly ParcelView[]>([]);
  const sent: Sent[] = [];
  const shipments: Shipment[] = [];
  const released: Id[] = [];
  const described: [Id, object][] = [];
  const links: string[] = [];
  const server = {
    has: false,
    link: () => Promise.resolve(server.has ? attachmentOf("linked") : undefined),
    send: () => Promise.resolve(),
    free: 1_000,
    forgot: false,
    lock: (_name: string, then: () => void) => {
      then();
      return () => {};
    },
  };
  const session: SessionState = { name: "signed-in", me: ME };
  let reading = 0;
  const uploads = createUploads({
    client: {
      on: events.on,
      session: { state: () => session },
      thread: {
        send: async (conversation, text, options) => {
          await server.send();
          sent.push({ conversation, text, options });
          return options?.clientId ?? "";
        },
      },
      files: {
        release: (id) => Promise.resolve(void released.push(id)),
        storage: () => Promise.resolve({ used: 0, quota: server.free }),
      },
    },
    parcels,
    storage,
    hold: (name, then) => server.lock(name, then),
    keptBytes: KEPT_BYTES,
    timers,
    parts: {
      files: {
        link: ({ sha256 }) => {
          links.push(sha256);
          return server.link();
        },
        describe: (id, description) => {
          described.push([id, description]);
          return Promise.resolve({ ...attachmentOf(id), thumbnail: true as const });
        },
        attachment: (id) =>
          server.forgot
            ? Promise.reject(new ApiError({ code: "not-found", status: 404, message: "gone" }))
            : Promise.resolve(attachmentOf(id)),
      },
      reading: {
        hash: async (file) => {
          const text = await file.text();
          if (text === "unreadable") throw new UnreadableFile();
          return `hash of ${text}`;
        },
        prove: () => Promise.resolve("proof"),
        look: (file) => {
          if (reading === 0) return Promise.reject(new Error("it was not its turn"));
          const picture = { thumbnail: new Blob(["small"]), placeholder: "blur" };
          return Promise.resolve(file.type === "image/png" ? picture : {});
        },
      },
      transfer: (shipment) =>
        new Promise((arrive, fail) => {
          shipments.push({ ...shipment, arrive, fail });
          shipment.signal.addEventListener("abort", () => fail(shipment.signal.reason));
        }),
      inTurn: async (step, work) => {
        if (step === "sending") return await work();
        reading++;
        return await work().finally(() => reading--);
      },
    },
  });
  return {
    ...{ uploads, timers, sent, shipments, released, described, links, server, events, storage },
    parcels: () => parcels.value,
  };
}

function attachmentOf(id: Id): Attachment {
  return { id, name: "a.txt", type: "text/plain", size: 5, sha256: "" };
}

const file = (text: string, name = "a.txt", type = "text/plain") =>
  new File([text], name, { type });

/** Files are read by tasks, and not by promises alone. */
async function task(times = 4): Promise<void> {
  for (let turn = 0; turn < times; turn++) await new Promise((resolve) => setTimeout(resolve));
}

const states = (parcels: readonly ParcelView[]) =>
  parcels.flatMap(({ uploads }) => uploads.map(({ state }) => state));

const lost = () => new ApiError({ code: "unavailable", status: 0, message: "no answer" });

Deno.test("Uploads links what the server has, and sends no byte of it", async () => {
  const tab = openTab();
  tab.server.has = true;
  assert.equal(tab.uploads.add(ROOM, [file("hello")]), 0);
  await task();
  assert.deepEqual(states(tab.parcels()), ["ready"]);
  assert.deepEqual(tab.links, ["hash of hello"]);
  assert.equal(tab.shipments.length, 0);
  assert.equal(tab.sent.length, 0, "nobody has sent the message");
  tab.uploads.send(ROOM, "look", { replyTo: 3 });
  const id = tab.parcels()[0]?.id;
  await task();
  assert.deepEqual(tab.sent, [{
    ...{ conversation: ROOM, text: "look" },
    options: { replyTo: 3, clientId: id, attachments: [attachmentOf("linked")] },
  }]);
  assert.deepEqual(tab.parcels(), []);
  assert.deepEqual(await tab.storage.load(ME.id), [], "nothing is left in the browser");
});

Deno.test("Uploads lets a message wait for its files, describes them, and sends it once", async () => {
  const tab = openTab();
  tab.uploads.add(ROOM, [file("one"), file("two", "b.png", "image/png")]);
  tab.uploads.send(ROOM, "", {});
  await task();
  assert.deepEqual(states(tab.parcels()), ["sending", "sending"]);
  const [one, two] = tab.shipments;
  assert.deepEqual(two?.metadata, {
    ...{ filename: "b.png", filetype: "image/png", sha256: "hash of two" },
  });
  two?.tell(2);
  assert.equal(tab.parcels()[0]?.uploads[1]?.done.value, 2);
  two?.arrive("f2");
  await task();
  assert.equal(tab.sent.length, 0);
  one?.arrive("f1");
  await task();
  assert.deepEqual(tab.described, [["f2", { thumbnail: btoa("small"), placeholder: "blur" }]]);
  assert.deepEqual(tab.sent.map(({ options }) => options?.attachments), [[
    attachmentOf("f1"),
    { ...attachmentOf("f2"), thumbnail: true },
  ]]);
});

Deno.test("Uploads goes on from where it stood after a break, when the connection is back", async () => {
  const tab = openTab();
  tab.uploads.add(ROOM, [file("one")]);
  await task();
  tab.shipments[0]?.placed({ url: "/files/u1" });
  tab.shipments[0]?.fail(lost());
  await task();
  assert.deepEqual(states(tab.parcels()), ["waiting"]);
  tab.events.emit("connection", { name: "ready" });
  await task();
  assert.deepEqual(states(tab.parcels()), ["sending"]);
  assert.deepEqual(tab.shipments[1]?.place, { url: "/files/u1" });
  assert.equal(tab.links.length, 1, "it is not asked again whether it is there");
  tab.shipments[1]?.fail(lost());
  await task();
  await tab.timers.pass(1_000);
  await task();
  assert.equal(tab.shipments.length, 3, "and after a while by itself");
});

Deno.test("Uploads goes on after a reload, paused where it was paused", async () => {
  const storage = createMemoryParcelStorage();
  const before = openTab(storage);
  before.uploads.add(ROOM, [file("one"), file("two", "b.png", "image/png")]);
  before.uploads.send(ROOM, "both", {});
  await task();
  const parts: Place = { parts: ["/files/p1", "/files/p2"] };
  before.shipments[0]?.placed(parts);
  const second = before.parcels()[0]?.uploads[1]?.id ?? "";
  before.uploads.pause(second);
  assert.deepEqual(states(before.parcels()), ["sending", "paused"]);
  assert.ok(before.shipments[1]?.signal.aborted);
  await task();

  const after = openTab(storage);
  await task();
  assert.deepEqual(states(after.parcels()), ["sending", "paused"]);
  assert.equal(after.parcels()[0]?.sent?.text, "both");
  assert.ok(after.parcels()[0]?.uploads[1]?.preview, "its picture is there at once");
  assert.deepEqual(after.links, [], "what was known is known");
  assert.deepEqual(after.shipments[0]?.place, parts);
  assert.equal(await after.shipments[0]?.file.text(), "one");
  after.shipments[0]?.arrive("f1");
  after.uploads.resume(second);
  await task();
  after.shipments[1]?.arrive("f2");
  await task();
  assert.equal(after.sent.length, 1);
  assert.equal(after.sent[0]?.options?.clientId, before.parcels()[0]?.id);
});

Deno.test("Uploads sends again what is too old to be there, unless it is there as a whole", async () => {
  const tab = openTab();
  tab.uploads.add(ROOM, [file("one"), file("two")]);
  await task();
  const gone = new ApiError({ code: "not-found", status: 404, message: "gone" });
  for (const each of tab.shipments.slice(0, 2)) each.placed({ url: "/files/old" });
  for (const each of tab.shipments.slice(0, 2)) each.fail(lost());
  await task();
  await tab.timers.pass(1_000);
  await task();
  const [, , one, two] = tab.shipments;
  one?.fail(gone);
  await task();
  assert.equal(tab.shipments.length, 5);
  assert.equal(tab.shipments[4]?.place, undefined);
  // Only the answer was lost: then there is nothing to send.
  tab.server.has = true;
  two?.fail(gone);
  await task();
  assert.deepEqual(states(tab.parcels()), ["sending", "ready"]);
  assert.equal(tab.shipments.length, 5);
});

Deno.test("Uploads says what the server does not take, and tries again when it is told to", async () => {
  const tab = openTab();
  tab.server.free = 2;
  tab.uploads.add(ROOM, [file("one"), file("two"), file("six")]);
  tab.uploads.send(ROOM, "", {});
  await task();
  const refuse = (code: string) => new ApiError({ code, status: 400, message: code });
  tab.shipments[0]?.fail(refuse("too-large"));
  tab.shipments[1]?.fail(refuse("unsupported"));
  tab.shipments[2]?.arrive("f3");
  await task();
  const problems = () => tab.parcels()[0]?.uploads.map(({ problem }) => problem);
  assert.deepEqual(problems(), [{ code: "quota", free: 2 }, { code: "unsupported" }, undefined]);
  assert.deepEqual(states(tab.parcels()), ["failed", "failed", "ready"]);
  assert.equal(tab.sent.length, 0, "the message waits");
  const [first, second] = tab.parcels()[0]?.uploads ?? [];
  tab.uploads.remove(second?.id ?? "");
  tab.uploads.resume(first?.id ?? "");
  await task();
  tab.shipments[3]?.arrive("f1");
  await task();
  assert.deepEqual(tab.sent[0]?.options?.attachments?.map(({ id }) => id), ["f1", "f3"]);
});

Deno.test("Uploads asks for a file again that is not there any more, and takes no other", async () => {
  const storage = createMemoryParcelStorage();
  const before = openTab(storage);
  const large = file("x".repeat(KEPT_BYTES + 1));
  before.uploads.add(ROOM, [large, file("unreadable")]);
  await task();
  assert.deepEqual(states(before.parcels()), ["sending", "missing"]);
  assert.deepEqual(before.parcels()[0]?.uploads[1]?.problem, { code: "unreadable" });

  const tab = openTab(storage);
  await task();
  assert.deepEqual(states(tab.parcels()), ["missing", "missing"]);
  const id = tab.parcels()[0]?.uploads[0]?.id ?? "";
  const problem = () => tab.parcels()[0]?.uploads[0]?.problem;
  await tab.uploads.choose(id, file("small"));
  assert.deepEqual(problem(), { code: "other-file" });
  await tab.uploads.choose(id, file("y".repeat(KEPT_BYTES + 1)));
  assert.deepEqual(problem(), { code: "other-file" });
  await tab.uploads.choose(id, large);
  await task();
  assert.equal(problem(), undefined);
  assert.equal(tab.shipments.length, 1);
});

Deno.test("Uploads keeps what it knows of a file where the browser has no room for its copy", async () => {
  const storage = createMemoryParcelStorage();
  const { put } = storage;
  storage.put = (parcel, files, drop) =>
    files !== undefined && files.size > 0
      ? Promise.reject(new DOMException("no room", "QuotaExceededError"))
      : put(parcel, files, drop);
  const before = openTab(storage);
  before.uploads.add(ROOM, [file("one")]);
  await task();
  before.shipments[0]?.placed({ url: "/files/u1" });
  await task();

  const tab = openTab(storage);
  await task();
  assert.deepEqual(states(tab.parcels()), ["missing"]);
  await tab.uploads.choose(tab.parcels()[0]?.uploads[0]?.id ?? "", file("one"));
  await task();
  assert.deepEqual(tab.shipments[0]?.place, { url: "/files/u1" }, "and goes on where it stood");
});

Deno.test("Uploads asks for a file again that the server has let go of meanwhile", async () => {
  const storage = createMemoryParcelStorage();
  const before = openTab(storage);
  before.server.has = true;
  before.uploads.add(ROOM, [file("one")]);
  await task();
  assert.deepEqual(states(before.parcels()), ["ready"]);

  const tab = openTab(storage);
  tab.server.forgot = true;
  await task();
  assert.deepEqual(states(tab.parcels()), ["missing"]);
  assert.deepEqual(tab.parcels()[0]?.uploads[0]?.problem, { code: "expired" });
  tab.server.forgot = false;
  tab.server.has = true;
  await tab.uploads.choose(tab.parcels()[0]?.uploads[0]?.id ?? "", file("one"));
  await task();
  assert.deepEqual(states(tab.parcels()), ["ready"]);
});

Deno.test("Uploads gives a message back to its writer with its files, and lets go of what is removed", async () => {
  const tab = openTab();
  tab.uploads.add(ROOM, [file("one")]);
  tab.uploads.send(ROOM, "first", { replyTo: 7 });
  tab.uploads.add(ROOM, [file("two")]);
  await task();
  const [waiting] = tab.parcels();
  assert.deepEqual(tab.uploads.cancel(waiting?.id ?? ""), {
    text: "first",
    options: { replyTo: 7 },
  });
  assert.equal(tab.uploads.cancel(waiting?.id ?? ""), undefined);
  assert.equal(tab.parcels().length, 1, "the composer holds both");
  assert.deepEqual(tab.parcels()[0]?.uploads.map(({ state }) => state), ["sending", "sending"]);
  tab.shipments[0]?.arrive("f1");
  tab.shipments[1]?.placed({ parts: ["/files/p1", "/files/p2"] });
  await task();
  assert.equal(tab.sent.length, 0);
  const [one, two] = tab.parcels()[0]?.uploads ?? [];
  tab.uploads.remove(one?.id ?? "");
  tab.uploads.remove(two?.id ?? "");
  await task();
  assert.deepEqual(tab.released, ["f1", "p1", "p2"]);
  assert.deepEqual(tab.parcels(), []);
  assert.deepEqual(await tab.storage.load(ME.id), []);
  assert.ok(tab.shipments[1]?.signal.aborted);
});

Deno.test("Uploads takes as many files as a message has room for", () => {
  const tab = openTab();
  assert.equal(tab.uploads.add(ROOM, Array.from({ length: 8 }, () => file("x"))), 0);
  assert.equal(tab.uploads.add(ROOM, Array.from({ length: 5 }, () => file("y"))), 3);
  assert.equal(tab.parcels()[0]?.uploads.length, 10);
  assert.equal(tab.uploads.add(ROOM, [file("z")]), 1);
});

Deno.test("Uploads keeps a message that the outbox did not take, and hands it over again", async () => {
  const tab = openTab();
  tab.server.has = true;
  tab.server.send = () => Promise.reject(new Error("nobody is signed in"));
  tab.uploads.add(ROOM, [file("one")]);
  tab.uploads.send(ROOM, "", {});
  await task();
  assert.equal(tab.parcels().length, 1);
  tab.server.send = () => Promise.resolve();
  tab.events.emit("connection", { name: "ready" });
  await task();
  assert.equal(tab.sent.length, 1);
});

Deno.test("Uploads leaves to another tab what that works on, until it is closed", async () => {
  const storage = createMemoryParcelStorage();
  const first = openTab(storage);
  first.uploads.add(ROOM, [file("one")]);
  await task();
  const second = openTab(storage);
  const closed: (() => void)[] = [];
  second.server.lock = (_name, then) => {
    closed.push(then);
    return () => {};
  };
  await task();
  assert.deepEqual(second.parcels(), []);
  for (const then of closed) then();
  await task();
  assert.deepEqual(states(second.parcels()), ["sending"]);
});

Deno.test("Uploads forgets everybody's files here when nobody is signed in", async () => {
  const tab = openTab();
  tab.uploads.add(ROOM, [file("one")]);
  await task();
  tab.events.emit("session", { name: "signed-out", reason: "expired" });
  assert.deepEqual(tab.parcels(), []);
  assert.ok(tab.shipments[0]?.signal.aborted);
  tab.events.emit("session", { name: "signed-in", me: { ...ME, id: "another" } });
  await task();
  assert.deepEqual(tab.parcels(), [], "what another account left is not theirs");
  tab.uploads.add(ROOM, [file("two")]);
  await task();
  assert.equal(tab.parcels().length, 1);
  tab.events.emit("session", { name: "signed-in", me: ME });
  assert.deepEqual(tab.parcels(), [], "nor the other way round");
  await task();
  assert.deepEqual(states(tab.parcels()), ["sending"]);
  assert.equal(await tab.shipments.at(-1)?.file.text(), "one");
});

Deno.test("Uploads leaves no copy of a file here after somebody signed out, and keeps their words", async () => {
  for (const reason of [{}, { reason: "revoked" as const }]) {
    const tab = openTab();
    tab.uploads.add(ROOM, [file("one", "a.png", "image/png")]);
    tab.uploads.send(ROOM, "look", {});
    await task();
    tab.shipments[0]?.placed({ url: "/files/u1" });
    await task();
    const id = tab.parcels()[0]?.uploads[0]?.id ?? "";
    assert.equal(await (await tab.storage.bytesOf(id))?.text(), "one");
    tab.events.emit("session", { name: "signed-out", ...reason });
    await task();
    assert.equal(await tab.storage.bytesOf(id), undefined);
    const [left] = await tab.storage.load(ME.id);
    assert.deepEqual([left?.uploads[0]?.thumbnail, left?.uploads[0]?.placeholder], [
      undefined,
      undefined,
    ]);

    tab.events.emit("session", { name: "signed-in", me: ME });
    await task();
    assert.deepEqual([tab.parcels()[0]?.sent?.text, states(tab.parcels())], ["look", ["missing"]]);
    await tab.uploads.choose(id, file("one", "a.png", "image/png"));
    await task();
    assert.deepEqual(tab.shipments.at(-1)?.place, { url: "/files/u1" }, "and goes on");
  }
});

Deno.test("Uploads sweeps away what another account left here a month ago, and nothing of its own", async () => {
  const tab = openTab();
  tab.uploads.add(ROOM, [file("one")]);
  await task();
  tab.events.emit("session", { name: "signed-out", reason: "expired" });
  const id = (await tab.storage.load(ME.id))[0]?.uploads[0]?.id ?? "";
  await tab.timers.pass(31 * 24 * 60 * 60 * 1_000);
  tab.events.emit("session", { name: "signed-in", me: ME });
  await task();
  assert.deepEqual(states(tab.parcels()), ["sending"]);
  tab.events.emit("session", { name: "signed-in", me: { ...ME, id: "another" } });
  await task();
  assert.deepEqual(await tab.storage.load(ME.id), []);
  assert.equal(await tab.storage.bytesOf(id), undefined);
});

Deno.test("Uploads takes what became of a file that was changed, if nothing else is left of it", async () => {
  const storage = createMemoryParcelStorage();
  storage.put =
    (({ put }) => (parcel, files, drop) =>
      files !== undefined && files.size > 0
        ? Promise.reject(new DOMException("no room", "QuotaExceededError"))
        : put(parcel, files, drop))({ ...storage });
  const tab = openTab(storage);
  tab.uploads.add(ROOM, [file("unreadable", "a.png", "image/png")]);
  await task();
  const shown = () => tab.parcels()[0]?.uploads[0];
  assert.deepEqual([shown()?.state, shown()?.problem], ["missing", { code: "unreadable" }]);
  await tab.uploads.choose(shown()?.id ?? "", file("anew", "b.txt"));
  await task();
  assert.deepEqual([shown()?.state, shown()?.name, shown()?.size], ["sending", "b.txt", 4]);
  assert.equal(shown()?.preview, undefined, "the picture was another one's");
  assert.equal(tab.shipments[0]?.metadata["sha256"], "hash of anew");
});

Deno.test("Uploads goes on with the browser's copy of a file that was changed", async () => {
  const tab = openTab();
  tab.storage.bytesOf = () => Promise.resolve(new Blob(["one"]));
  tab.uploads.add(ROOM, [file("unreadable")]);
  await task();
  assert.deepEqual([states(tab.parcels()), tab.links], [["sending"], ["hash of one"]]);
});

Deno.test("Uploads takes over what another tab began later, once that is closed", async () => {
  const storage = createMemoryParcelStorage();
  const first = openTab(storage);
  const second = openTab(storage);
  const closed: (() => void)[] = [];
  second.server.lock = (_name, then) => {
    closed.push(then);
    return () => {};
  };
  await task();
  first.uploads.add(ROOM, [file("one")]);
  await task();
  await second.uploads.look();
  await second.uploads.look();
  assert.deepEqual([closed.length, second.parcels()], [1, []]);
  for (const then of closed) then();
  await task();
  assert.deepEqual(states(second.parcels()), ["sending"]);
});

Deno.test("Uploads sends what was spoken as the answer that it is", async () => {
  const tab = openTab();
  tab.server.has = true;
  tab.uploads.sendFile(ROOM, file("spoken"), { replyTo: 3 }, { duration: 2, waveform: "" });
  await task();
  assert.deepEqual(tab.sent.map(({ options }) => options?.replyTo), [3]);
});
