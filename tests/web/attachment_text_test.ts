/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Attachment } from "../../lib/protocol/model.ts";
import { kindOf } from "../../web/attachment_kind.ts";
import { durationText, nameParts, sizeText, typeMark } from "../../web/texts/amounts.ts";
import { attachmentsText } from "../../web/texts/attachment_text.ts";
import { createTranslate } from "../../web/texts/text.ts";
import { speak } from "../support/spoken.ts";

const file = (name: string, type: string, more: Partial<Attachment> = {}): Attachment => ({
  ...{ id: `id of ${name}`, name, type, size: 1, sha256: "", ...more },
});
const photo = file("holiday.jpg", "image/jpeg", { width: 4, height: 3 });
const film = file("film.mp4", "video/mp4", { width: 4, height: 3 });
const voice = file("voice.webm", "audio/webm", { duration: 12.7, waveform: "AA==" });
const song = file("song.mp3", "audio/mpeg");
const paper = file("paper.pdf", "application/pdf");

Deno.test("kindOf goes by what is in a file", () => {
  assert.deepEqual([photo, film, voice, song, paper].map(kindOf), [
    ...["picture", "video", "voice", "audio", "file"],
  ]);
  assert.equal(kindOf(file("drawing.svg", "image/svg+xml", { width: 4, height: 3 })), "file");
  assert.equal(kindOf(file("scan.tiff", "image/tiff", { width: 4, height: 3 })), "file");
  assert.equal(kindOf(file("sound.webm", "video/webm", { waveform: "AA==" })), "voice");
});

Deno.test("attachmentsText says in both languages what a message brings", () => {
  const said = (language: "en" | "zh-CN", attachments: Attachment[], text = "") =>
    attachmentsText(createTranslate(speak(language)), attachments, text);
  assert.equal(said("en", [photo]), "[Photo] holiday.jpg");
  assert.equal(said("zh-CN", [photo]), "[图片] holiday.jpg");
  assert.equal(said("en", [voice]), "[Voice message] 0:12");
  assert.equal(said("zh-CN", [voice]), "[语音] 0:12");
  assert.equal(said("en", [film]), "[Video] film.mp4");
  assert.equal(said("en", [paper]), "[File] paper.pdf");
  assert.equal(said("en", [photo], "Look"), "[Photo] Look");
  assert.equal(said("en", [photo, photo]), "[2 photos]");
  assert.equal(said("zh-CN", [photo, photo], "看"), "[2 张图片] 看");
  assert.equal(said("en", [photo, paper]), "[2 files]");
  assert.equal(said("en", [], "Text"), "Text");
});

Deno.test("sizeText and durationText say amounts as people do", () => {
  assert.equal(sizeText("en-GB", 1_023), "1,023 B");
  assert.equal(sizeText("en-GB", 1_536), "1.5 kB");
  assert.equal(sizeText("en-GB", 1_024 * 1_024 - 1), "1 MB");
  assert.equal(sizeText("en-GB", 2 * 1_024 ** 3), "2 GB");
  assert.equal(sizeText("zh-CN", 250 * 1_024 ** 2), "250 MB");
  assert.deepEqual([0, 7.9, 750, 3_723, NaN].map(durationText), [
    ...["0:00", "0:07", "12:30", "1:02:03", "0:00"],
  ]);
});

Deno.test("nameParts keeps the end of a name together, and typeMark reads it", () => {
  assert.deepEqual(nameParts("A very long report.pdf"), {
    head: "A very long rep",
    tail: "ort.pdf",
  });
  assert.deepEqual(nameParts("读我"), { head: "", tail: "读我" });
  assert.equal(Object.values(nameParts("没有结尾的一个文件名")).join(""), "没有结尾的一个文件名");
  assert.deepEqual(["a.tar.gz", "README", "图.PNG", ".profile", "a.b c"].map(typeMark), [
    ...["GZ", "", "PNG", "", ""],
  ]);
});
