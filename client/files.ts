import type { FileChallenge, FileLink, Storage } from "../lib/protocol/answers.ts";
import type { Attachment, Id } from "../lib/protocol/model.ts";
import type { DescribeFile } from "../lib/protocol/requests.ts";
import { ApiError, type FetchBytes } from "./api.ts";
import type { Ask } from "./tokens.ts";

/** What a challenge asks of whoever says that they have a file: the SHA-256 of its id and bytes. */
export type Prove = (challenge: FileChallenge["challenge"]) => Promise<string>;

/** Files, once they are on the server; how they get there is up to the program around this one. */
export interface Files {
  /**
   * A file of one's own with bytes that the server has already, so that none has to be sent.
   * Undefined where they have to.
   * @param prove is called where the server wants to see that one has them
   */
  link(
    file: { sha256: string; size: number; name: string },
    prove: Prove,
  ): Promise<Attachment | undefined>;
  /** Tells what was made of a file of one's own, for those who look at it. */
  describe(id: Id, description: DescribeFile): Promise<Attachment>;
  /** What a message would say of it. */
  attachment(id: Id): Promise<Attachment>;
  /**
   * Where a browser gets it without a header, for as long as this session may have it. It is good
   * for a minute at least; who wants it for longer asks again when it fails.
   */
  address(id: Id, options?: { thumbnail?: boolean }): Promise<string>;
  bytes(id: Id): Promise<Response>;
  thumbnail(id: Id): Promise<Response>;
  /** Lets go of a file of one's own: it stays where it was sent. */
  release(id: Id): Promise<void>;
  /** How much of their room on the server this person uses. */
  storage(): Promise<Storage>;
  /** Where files are sent to, by tus. */
  readonly uploads: string;
  /** What a request to it has to carry: to be asked for before each. */
  accessToken(): Promise<string>;
  /** A request with this one was refused: the next is another, or fails as the session is over. */
  distrust(accessToken: string): void;
}

/** Milliseconds before its end at which an address is not given out any more. */
const RENEW_BEFORE = 60_000;
/** Addresses that are remembered; those asked for longest ago go first. */
const MAX_ADDRESSES = 1_000;

export function createFiles(ask: Ask, parts: {
  origin: string;
  /** Milliseconds, by the server's clock. */
  now: () => number;
  fetchBytes: (path: string) => ReturnType<FetchBytes>;
  accessToken: () => Promise<string>;
  distrust: (accessToken: string) => void;
}): Files & { forget(): void } {
  const { origin, now, fetchBytes, accessToken, distrust } = parts;
  const addresses = new Map<string, Promise<{ url: string; until: number }>>();

  const linkOf = async (id: Id, thumbnail: boolean) => {
    const body = thumbnail ? { thumbnail } : {};
    const { url, expiresAt } = await ask<FileLink>("POST", `/files/${id}/links`, body, {
      again: true,
    });
    return { url: new URL(url, origin).href, until: Date.parse(expiresAt) - RENEW_BEFORE };
  };

  const address = async (id: Id, thumbnail: boolean): Promise<string> => {
    const key = `${id} ${thumbnail}`;
    const known = addresses.get(key);
    if (known !== undefined) {
      const { url, until } = await known;
      if (now() < until) return url;
      if (addresses.get(key) !== known) return await address(id, thumbnail);
    }
    const asked = linkOf(id, thumbnail);
    addresses.delete(key);
    addresses.set(key, asked);
    const [eldest] = addresses.keys();
    if (addresses.size > MAX_ADDRESSES && eldest !== undefined) addresses.delete(eldest);
    try {
      return (await asked).url;
    } catch (error) {
      if (addresses.get(key) === asked) addresses.delete(key);
      throw error;
    }
  };

  return {
    link: async (file, prove) => {
      const body = { sha256: file.sha256, size: file.size, name: file.name };
      try {
        const answer = await ask<Attachment | FileChallenge>("POST", "/files/instant", body);
        if (!("challenge" in answer)) return answer;
        const { challenge } = answer;
        const proof = { id: challenge.id, sha256: await prove(challenge) };
        const linked = await ask<Attachment | FileChallenge>("POST", "/files/instant", {
          ...body,
          proof,
        });
        return "challenge" in linked ? undefined : linked;
      } catch (error) {
        // Not here, or not for who cannot show it.
        if (error instanceof ApiError && error.code === "not-found") return undefined;
        throw error;
      }
    },
    describe: (id, description) => ask<Attachment>("PUT", `/files/${id}/description`, description),
    attachment: (id) => ask<Attachment>("GET", `/files/${id}/attachment`),
    address: (id, { thumbnail = false } = {}) => address(id, thumbnail),
    bytes: (id) => fetchBytes(`/files/${id}`),
    thumbnail: (id) => fetchBytes(`/files/${id}/thumbnail`),
    release: async (id) => {
      await ask("DELETE", `/files/${id}`, undefined, { again: true });
    },
    storage: () => ask<Storage>("GET", "/me/storage"),
    uploads: `${origin}/api/v1/files`,
    accessToken,
    distrust,
    forget: () => addresses.clear(),
  };
}
