/// <reference lib="dom" />
import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import type { UploadState, UploadView } from "../../web/stores/uploads.ts";
import { en } from "../../web/texts/en.ts";
import { createTranslate } from "../../web/texts/text.ts";
import { uploadText } from "../../web/texts/upload_text.ts";
import { zhCn } from "../../web/texts/zh_cn.ts";
import type { UploadProblem } from "../../web/uploads/parcel.ts";

const MIB = 1024 * 1024;

function viewOf(state: UploadState, problem?: UploadProblem): UploadView {
  return {
    ...{ id: "u", name: "a.png", size: 12 * MIB, type: "image/png", state },
    ...{ done: signal(3 * MIB), preview: undefined, problem },
  };
}

const english = createTranslate({ current: signal("en"), texts: signal(en) });
const chinese = createTranslate({ current: signal("zh-CN"), texts: signal(zhCn) });

Deno.test("uploadText says where a file stands, and how far it is", () => {
  assert.equal(uploadText(english, "en", viewOf("sending")), "3 MB of 12 MB");
  assert.equal(uploadText(english, "en", viewOf("ready")), "12 MB");
  assert.equal(uploadText(chinese, "zh-CN", viewOf("paused")), "已暂停");
  const words = (["reading", "finishing", "waiting", "paused"] as const)
    .map((state) => uploadText(english, "en", viewOf(state)));
  assert.equal(new Set(words).size, 4);
});

Deno.test("uploadText says in words why a file does not get on", () => {
  const say = (problem?: UploadProblem) => uploadText(english, "en", viewOf("failed", problem));
  assert.equal(say({ code: "too-large" }), "This file is too large.");
  assert.equal(say({ code: "quota", free: 2 * MIB }), "Not enough space: 2 MB left.");
  assert.equal(say({ code: "unsupported" }), "Files of this kind are not accepted.");
  assert.equal(say({ code: "forbidden" }), "You may not do that.");
  assert.equal(say({ code: "what the server may say one day" }), en["problem.internal"]);
  assert.equal(uploadText(english, "en", viewOf("missing")), en["upload.missing"]);
  assert.equal(
    uploadText(chinese, "zh-CN", viewOf("missing", { code: "other-file" })),
    zhCn["upload.other_file"],
  );
});
