/** What a status service does for whoever asks it, in this process or in another. */
import assert from "node:assert/strict";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/ids.ts";
import type { Here } from "../../lib/kv/presence.ts";
import type { Status } from "../../status/service.ts";
import { createReport, createSpeakingNode } from "../support/speaking_node.ts";

export interface OpenedStatus extends AsyncDisposable {
  readonly status: Status;
  /** The store does not answer any more. */
  takeStoreAway(): void;
}

/** Registers the contract's tests for the kind `name`. */
export function testStatusContract(name: string, open: () => Promise<OpenedStatus>): void {
  const test = (behaviour: string, run: (opened: OpenedStatus) => Promise<void>) =>
    Deno.test(`${name} ${behaviour}`, async () => {
      await using opened = await open();
      await run(opened);
    });
  const wanted = { exclude: [], region: "local", address: "192.0.2.1", here: null };

  test("knows a node from its first renewal until it leaves", async ({ status: { nodes } }) => {
    assert.equal(await nodes.pick(wanted), undefined);
    const report = createReport({ node: "one" });
    assert.deepEqual(await nodes.renew(report), { lapsed: true, others: [] });
    assert.deepEqual(await nodes.renew(report), { lapsed: false, others: [] });
    assert.deepEqual(await nodes.pick(wanted), { id: "one", url: "ws://one/api/v1/chat" });
    assert.equal(await nodes.leave(report), undefined);
    assert.equal(await nodes.pick(wanted), undefined);
  });

  test("picks a node without an address only for its own process", async ({ status }) => {
    await status.nodes.renew(createReport({ node: "one", url: null }));
    assert.equal(await status.nodes.pick({ ...wanted, here: "other" }), undefined);
    assert.deepEqual(await status.nodes.pick({ ...wanted, here: "one" }), { id: "one", url: null });
  });

  test("picks another node than those that were excluded", async ({ status: { nodes } }) => {
    for (const node of ["one", "two"]) await nodes.renew(createReport({ node }));
    for (const [lost, left] of [["one", "two"], ["two", "one"]] as const) {
      assert.equal((await nodes.pick({ ...wanted, exclude: [lost] }))?.id, left);
    }
  });

  test("says how people are, in the order in which they were asked for", async ({ status }) => {
    const node = createSpeakingNode(status, "one");
    await node.renew();
    const [ann, ben, nobody] = [newId(), newId(), newId()];
    const seen = await node.write(new Map<string, Here>([[ann, "busy"], [ben, "away"]]));
    assert.deepEqual(
      new Set(seen.map(({ user, state }) => `${user} ${state}`)),
      new Set([
        `${ann} busy`,
        `${ben} away`,
      ]),
    );
    const read = await node.read([nobody, ben, ann]);
    assert.deepEqual(read.map(({ user, state }) => [user, state]), [
      [nobody, "offline"],
      [ben, "away"],
      [ann, "busy"],
    ]);
    assert.deepEqual(read.toReversed().slice(0, 2), seen.toSorted((a) => a.user === ann ? -1 : 1));
    const [gone] = await node.write(new Map([[ann, undefined]]));
    assert.equal(gone?.state, "offline");
    assert.notEqual(gone?.lastSeenAt, null);
    assert.ok((gone?.version ?? "") > (seen[0]?.version ?? ""), "a later version is greater");
    assert.deepEqual(await node.write(new Map([[ann, undefined]])), []);
    assert.deepEqual(await node.read([]), []);
    assert.deepEqual(await node.write(new Map()), []);
  });

  test("takes and tells the people of a whole node", async ({ status }) => {
    const node = createSpeakingNode(status, "one");
    await node.renew();
    const users = Array.from({ length: 2_345 }, newId);
    const written = await node.write(new Map(users.map((user) => [user, "online" as const])));
    assert.equal(written.length, users.length);
    const read = await node.read(users);
    assert.deepEqual(
      read.map(({ user, state }) => [user, state]),
      users.map((user) => [
        user,
        "online",
      ]),
    );
  });

  test("says unknown of everybody, and rejects the rest, while its store is away", async (opened) => {
    const node = createSpeakingNode(opened.status, "one");
    await node.renew();
    opened.takeStoreAway();
    const [ann, ben] = [newId(), newId()];
    assert.deepEqual(
      (await node.read([ann, ben])).map(({ user, state, version }) => [user, state, version]),
      [[ann, "unknown", ""], [ben, "unknown", ""]],
    );
    const unavailable = (error: unknown) =>
      error instanceof AppError && error.code === "unavailable" && error.retryAfter !== undefined;
    await assert.rejects(node.write(new Map([[ann, "online"]])), unavailable);
    await assert.rejects(node.renew(), unavailable);
    await assert.rejects(node.end(), unavailable);
  });
}
