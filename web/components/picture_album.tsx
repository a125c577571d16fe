import type { JSX } from "preact";
import type { Attachment } from "../../lib/protocol/model.ts";
import { albumRows, boxAlone, MOST } from "../album_layout.ts";
import { PictureTile } from "./picture_tile.tsx";

type PictureAlbumProps = {
  pictures: readonly Attachment[];
  view(picture: Attachment): void;
};

/** The pictures of one message, in rows. */
export function PictureAlbum({ pictures, view }: PictureAlbumProps): JSX.Element {
  const [first] = pictures;
  const alone = pictures.length === 1 && first !== undefined;
  return (
    <div class="album" style={{ width: `${alone ? boxAlone(first).width : MOST.width}px` }}>
      {albumRows(pictures).map(({ boxes, aspect }, row) => (
        <div key={row} class="album-row" style={{ aspectRatio: aspect }}>
          {boxes.map(({ picture, grow }) => (
            <PictureTile key={picture.id} file={picture} grow={grow} view={view} />
          ))}
        </div>
      ))}
    </div>
  );
}
