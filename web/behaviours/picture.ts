import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { usePage } from "../page_context.ts";
import type { Picture, PictureName, TakenPicture } from "../stores/pictures.ts";

/** A picture for as long as it is wanted; undefined while it is not. */
export function usePicture(
  name: PictureName | undefined,
): { picture: Picture | undefined; retry(): void } {
  const { pictures } = usePage();
  const taken = useSignal<TakenPicture | undefined>(undefined);
  const current = useRef<TakenPicture | undefined>(undefined);
  const { of, id } = name ?? {};
  // Before the screen is shown: what is there already is there at once.
  useLayoutEffect(() => {
    if (of === undefined || id === undefined) return;
    const own = pictures.take({ of, id });
    current.current = taken.value = own;
    return () => {
      own.release();
      if (current.current === own) current.current = taken.value = undefined;
    };
  }, [of, id]);
  return {
    picture: taken.value?.picture.value,
    retry: () => current.current?.retry(),
  };
}
