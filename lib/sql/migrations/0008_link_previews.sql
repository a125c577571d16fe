-- What pages say about themselves that messages name. All of it can be asked for again.

create table link_previews (
  id uuid primary key,
  -- Of the address without what follows a #: addresses are too long for an index.
  url_sha256 bytea not null unique check (octet_length(url_sha256) = 32),
  url text not null,
  -- Null where there was nothing to show.
  title text,
  description text not null default '',
  site text not null default '',
  image_type text,
  image_width int,
  image_height int,
  fetched_at timestamptz not null default clock_timestamp()
);
create index link_previews_age on link_previews (fetched_at);

-- Its picture is an object in the store like any other.
alter table objects add column preview_of uuid references link_previews on delete set null;
create unique index objects_of_preview on objects (preview_of) where preview_of is not null;
drop index objects_of_nobody;
create index objects_of_nobody on objects (created_at)
  where upload_id is null and content_id is null and thumbnail_of is null and preview_of is null
    or size is null;

create trigger refuse_unsafe_write before insert or update or delete on link_previews
  for each statement when (current_setting('fsync') = 'off'
  or current_setting('synchronous_commit') = 'off') execute function refuse_write();
