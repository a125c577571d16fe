import assert from "node:assert/strict";
import { signUp } from "../../support/api_server.ts";
import { testWithServer } from "../../support/shared_server.ts";

testWithServer(
  "validate names each field that is wrong, and each that nobody knows",
  async (server) => {
    const { call } = await signUp(server);
    const { status, body } = await call("POST", "/tickets", { exclude: [1], one: 1, other: 2 });
    assert.equal(status, 422);
    const { errors } = body as unknown as { errors: { path: string }[] };
    assert.deepEqual(errors.map(({ path }) => path), ["exclude.0", "one", "other"]);
  },
);
