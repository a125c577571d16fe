import { DataStore, Metadata, Upload as TusUpload } from "@tus/server";
import type { Readable } from "node:stream";
import type { Id } from "../../protocol/model.ts";
import type { Upload } from "../../sql/files/uploads.ts";

/** What one request may do with one upload. */
export type TusWork = {
  readonly id: Id;
  /** As it is, where it is there already. */
  readonly upload: Upload | undefined;
  /** Makes the row, for a request that creates. */
  readonly create: (size: number) => Promise<void>;
  /** Takes what comes, and says how far the upload is then. */
  readonly write: (offset: number) => Promise<number>;
};

/** The package's port to where uploads are, for one request. */
export class TusStore extends DataStore {
  // The package asks for the last one in this spelling; what it is asked for is done before it comes here.
  override extensions = ["creation", "creation-with-upload", "termination", "concatentation"];
  readonly id: Id;
  readonly #work: TusWork;

  constructor(work: TusWork) {
    super();
    this.id = work.id;
    this.#work = work;
  }

  override async create(upload: TusUpload): Promise<TusUpload> {
    await this.#work.create(upload.size ?? 0);
    return upload;
  }

  override getUpload(id: string): Promise<TusUpload> {
    const { upload } = this.#work;
    if (upload === undefined) throw new Error("nobody asks for an upload that is not there");
    const { size, received: offset, metadata } = upload;
    return Promise.resolve(
      new TusUpload({
        id,
        size,
        offset,
        ...(metadata !== "" && { metadata: Metadata.parse(metadata) }),
      }),
    );
  }

  /** The package's stream is empty (tus_answer.ts). */
  override write(_stream: Readable, _id: string, offset: number): Promise<number> {
    return this.#work.write(offset);
  }
}
