import type { JSX } from "preact";
import type { Attachment } from "../../lib/protocol/model.ts";
import { kindOf } from "../attachment_kind.ts";
import { usePage } from "../page_context.ts";
import { FileCard } from "./file_card.tsx";
import { PictureAlbum } from "./picture_album.tsx";
import { SoundPlayer } from "./sound_player.tsx";
import { VideoPlayer } from "./video_player.tsx";

type AttachmentsProps = {
  attachments: readonly Attachment[];
  /** Somebody wants to see a picture as large as it can be. */
  view(picture: Attachment): void;
};

/** What a message brings, pictures first. Each has its room before anything of it is loaded. */
export function Attachments({ attachments, view }: AttachmentsProps): JSX.Element {
  const pictures = attachments.filter((file) => kindOf(file) === "picture");
  const others = attachments.filter((file) => kindOf(file) !== "picture");
  return (
    <div class="attachments" data-testid="attachments">
      {pictures.length > 0 && <PictureAlbum pictures={pictures} view={view} />}
      {others.map((file) => <Other key={file.id} file={file} />)}
    </div>
  );
}

function Other({ file }: { file: Attachment }): JSX.Element {
  const { client, t } = usePage();
  const kind = kindOf(file);
  if (kind === "video") return <VideoPlayer file={file} />;
  if (kind !== "voice" && kind !== "audio") return <FileCard file={file} />;
  const sound = (
    <SoundPlayer
      label={t("attachment.line", { what: t(`attachment.${kind}`), about: file.name })}
      address={() => client.files.address(file.id)}
      waveform={file.waveform}
      duration={file.duration ?? 0}
    />
  );
  // What somebody said has no name, and is not kept; a piece of music has both.
  return kind === "voice" ? sound : <FileCard file={file}>{sound}</FileCard>;
}
