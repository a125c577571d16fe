import type { JSX } from "preact";

/** Line drawings on a 20-unit grid. They decorate: a label always stands beside or behind them. */
const PATHS = {
  chats:
    "M4.5 4h11A1.5 1.5 0 0 1 17 5.5v7a1.5 1.5 0 0 1-1.5 1.5H10l-4 3.2V14H4.5A1.5 1.5 0 0 1 3 12.5v-7A1.5 1.5 0 0 1 4.5 4z",
  contacts:
    "M10 10a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5zM3.5 16.5c.6-2.8 3.2-4.2 6.5-4.2s5.9 1.4 6.5 4.2",
  settings: "M3 6h8M15 6h2M3 14h2M9 14h8M13 4.2v3.6M7 12.2v3.6",
  add: "M10 4v12M4 10h12",
  back: "M12 4.5 6.5 10l5.5 5.5",
  close: "M5 5l10 10M15 5 5 15",
  send: "M3.5 10h12M10.5 5l5 5-5 5",
  down: "M10 4v12M5 11l5 5 5-5",
  sending: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM10 6.5V10l2.5 1.5",
  sent: "M5 10.5l3.5 3.5L15 6.5",
  delivered: "M2.5 10.5 6 14l6.5-7.5M9.5 13.5l.5.5 7-7.5",
  failed: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM10 6.5v4M10 13v.5",
  shown:
    "M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5zM10 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  concealed: "M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5zM4 16 16 4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon(props: { name: IconName; size?: number }): JSX.Element {
  const size = props.size ?? 20;
  return (
    <svg class="icon" viewBox="0 0 20 20" width={size} height={size} aria-hidden="true">
      <path d={PATHS[props.name]} />
    </svg>
  );
}
