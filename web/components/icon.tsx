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
  more:
    "M4.5 9.3a.7.7 0 1 0 0 1.4.7.7 0 0 0 0-1.4zM10 9.3a.7.7 0 1 0 0 1.4.7.7 0 0 0 0-1.4zM15.5 9.3a.7.7 0 1 0 0 1.4.7.7 0 0 0 0-1.4z",
  unfold: "M5.5 8l4.5 4.5L14.5 8",
  reply: "M8 5 3.5 9.5 8 14M4 9.5h7a5 5 0 0 1 5 5v1",
  forward: "M12 5l4.5 4.5L12 14M16 9.5H9a5 5 0 0 0-5 5v1",
  edit: "M4 16l.8-3.2L13.5 4.1a1.4 1.4 0 0 1 2 0l.4.4a1.4 1.4 0 0 1 0 2L7.2 15.2z",
  recall: "M4.5 5v4h4M4.900 9a6 6 0 1 1-.4 4",
  copy: "M7.5 7.5h9v9h-9zM12.5 4.5v-1h-9v9h1",
  pin: "M7 3.5h6M8 3.5v5L5.5 11.5h9L12 8.5v-5M10 11.5v5.5",
  mute:
    "M5.5 8a4.5 4.5 0 0 1 7.5-3.3M14.5 8c0 3 .8 4.5 1.5 5.5H7M4 13.5h.5c.6-1 .9-2.3 1-4M8.5 16.5h3M4 16 16.5 3.5",
  group:
    "M7.5 9.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM2.5 16c.4-2.5 2.4-3.8 5-3.8s4.6 1.3 5 3.8M13 4.3a2.6 2.6 0 0 1 0 5M15 12.700c1.4.5 2.3 1.6 2.5 3.3",
  details: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM10 9.2v4M10 6.700v.01",
  announcement: "M4 8.5v3l9 3.5V5zM13 8a2.2 2.2 0 0 1 0 4.2M6 12.3V15h2.5v-1.8",
  check: "M5 10.5l3.5 3.5L15 6.5",
  next: "M8 4.5l5.5 5.5L8 15.5",
  leave: "M8.5 4h-4v12h4M12 6.5l3.5 3.5-3.5 3.5M15.5 10H8",
  crown: "M4 14.5h12M4 14.5 3 6.5l4 3 3-5 3 5 4-3-1 8",
  shield: "M10 3.5 15.5 5.5v4c0 3.5-2.3 6-5.5 7-3.2-1-5.5-3.5-5.5-7v-4z",
  attach:
    "M15.5 9.5 10 15a3.2 3.2 0 0 1-4.5-4.5l6-6a2.1 2.1 0 0 1 3 3l-5.8 5.8a1 1 0 0 1-1.5-1.5l5-5",
  retry: "M15.500 5v4h-4M15.100 9a6 6 0 1 0 .4 4",
  block: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM5.4 5.4l9.2 9.2",
  microphone:
    "M10 3a2.5 2.5 0 0 0-2.5 2.5v4a2.5 2.5 0 0 0 5 0v-4A2.5 2.5 0 0 0 10 3zM5 9.5a5 5 0 0 0 10 0M10 14.5V17",
  play: "M7 4.5 15.5 10 7 15.5z",
  pause: "M7 5v10M13 5v10",
  download: "M10 3.5v9M6 9l4 4 4-4M4 16.5h12",
  minus: "M4 10h12",
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
