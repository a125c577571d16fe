import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { TargetedDragEvent } from "preact";
import { type Brought, broughtBy } from "./attach_files.ts";

export type FileDrop = {
  /** Files are held above the place. */
  over: ReadonlySignal<boolean>;
  /** What the place has to listen to. */
  place: {
    onDragOver(event: TargetedDragEvent<HTMLElement>): void;
    onDragLeave(event: TargetedDragEvent<HTMLElement>): void;
    onDrop(event: TargetedDragEvent<HTMLElement>): void;
  };
};

/** Files that are dropped where nothing takes them would be opened instead of the page. */
export function startRefusingFiles(): void {
  const refuse = (event: DragEvent) => {
    if (event.defaultPrevented || event.dataTransfer === null) return;
    if (!bringsFiles(event.dataTransfer)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "none";
  };
  addEventListener("dragover", refuse);
  addEventListener("drop", refuse);
}

/** Takes files that are dropped on a place. */
export function useFileDrop(open: boolean, take: (brought: Brought) => void): FileDrop {
  const over = useSignal(false);
  const taken = (event: TargetedDragEvent<HTMLElement>): DataTransfer | undefined => {
    const { dataTransfer } = event;
    if (!open || dataTransfer === null || !bringsFiles(dataTransfer)) return undefined;
    event.preventDefault();
    return dataTransfer;
  };
  return {
    over,
    place: {
      onDragOver(event) {
        const transfer = taken(event);
        if (transfer === undefined) return;
        transfer.dropEffect = "copy";
        over.value = true;
      },
      onDragLeave(event) {
        // From one thing within it to another.
        const { relatedTarget, currentTarget } = event;
        if (relatedTarget instanceof Node && currentTarget.contains(relatedTarget)) return;
        over.value = false;
      },
      onDrop(event) {
        over.value = false;
        const transfer = taken(event);
        if (transfer !== undefined) take(broughtBy(transfer));
      },
    },
  };
}

function bringsFiles(transfer: DataTransfer): boolean {
  return transfer.types.includes("Files");
}
