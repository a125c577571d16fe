import type { Client } from "../../client/client.ts";
import { newClientId } from "../../client/client_id.ts";
import type { Attachment } from "../../lib/protocol/model.ts";
import type { UploadRecord } from "./parcel.ts";
import { createReading } from "./reading.ts";
import { runUpload } from "./run_upload.ts";
import { createTransfer } from "./transfer.ts";

/** Brings a small file to the server while somebody waits for it: nothing of it outlives the page. */
export async function uploadNow(client: Client, file: File): Promise<Attachment> {
  const { name, size, type } = file;
  const record: UploadRecord = { id: newClientId(), name, size, type, kept: false };
  await runUpload({
    record,
    file,
    save: (change) => Promise.resolve(void Object.assign(record, change)),
    tell: () => {},
    signal: new AbortController().signal,
  }, {
    files: client.files,
    reading: createReading(),
    transfer: createTransfer(client.files),
    inTurn: (_step, work) => work(),
  });
  if (record.attachment === undefined) throw new Error("an upload ended without a file");
  return record.attachment;
}
