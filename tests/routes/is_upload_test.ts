import assert from "node:assert/strict";
import { isUpload } from "../../routes/is_upload.ts";

Deno.test("only what brings a file's bytes may take its time", () => {
  const files = "/api/v1/files";
  const id = "0197c0de-0000-7000-8000-000000000000";
  for (const [method, url] of [["POST", files], ["PATCH", `${files}/${id}`]] as const) {
    assert.ok(isUpload({ method, url }), `${method} ${url}`);
  }
  const others = [
    ["POST", `${files}/instant`],
    ["POST", `${files}/${id}`],
    ["POST", `${files}/${id}/links`],
    ["PUT", `${files}/${id}/description`],
    ["PATCH", files],
    ["PATCH", `${files}/`],
    ["PATCH", `${files}/${id}/links`],
    ["PATCH", "/api/v1/me"],
    ["GET", files],
    ["HEAD", `${files}/${id}`],
    ["DELETE", `${files}/${id}`],
  ] as const;
  for (const [method, url] of others) assert.ok(!isUpload({ method, url }), `${method} ${url}`);
  assert.ok(!isUpload({ method: "POST" }));
});
