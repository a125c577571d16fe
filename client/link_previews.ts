import type { Id, LinkPreview } from "../lib/protocol/model.ts";
import type { Ask } from "./tokens.ts";

export interface LinkPreviews {
  /** Null where there is nothing to show, or the server looks at no addresses. */
  of(url: string): Promise<LinkPreview | null>;
  image(id: Id): Promise<Response>;
}

/** The server asks, so that whoever is there learns nothing of who reads a message. */
export function createLinkPreviews(
  ask: Ask,
  fetchBytes: (path: string) => Promise<Response>,
): LinkPreviews {
  return {
    of: async (url) => {
      const path = `/link-previews?url=${encodeURIComponent(url)}`;
      return (await ask<{ preview: LinkPreview | null }>("GET", path)).preview;
    },
    image: (id) => fetchBytes(`/link-previews/${id}/image`),
  };
}
