/** The page's own paper and ink (`web/styles/tokens.css`), for the page that says how to ask. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f8f7f4; --surface: #fefdfb; --sunken: #f0eee9; --line: #e3e0d9;
  --ink: #26241f; --soft: #625e56; --accent: #2f5d8c; --wash: #e7eef5;
  --get: #2f5d8c; --post: #2f6b40; --change: #8a5a0c; --delete: #a3301e;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #191817; --surface: #21201e; --sunken: #131211; --line: #34322e;
    --ink: #e8e4dc; --soft: #aaa499; --accent: #8fb8e0; --wash: #20303f;
    --get: #8fb8e0; --post: #7fc08f; --change: #d9ab5a; --delete: #f29a87;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); scroll-padding-top: 72px; }
body {
  margin: 0; font: 0.9375rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC",
    "Noto Sans CJK SC", sans-serif;
  text-size-adjust: 100%; -webkit-text-size-adjust: 100%; overflow-wrap: anywhere;
}
h1, h2, h3, h4, p, ul, dl, dd, pre { margin: 0; padding: 0; }
h1, h2, h3, h4 { font-weight: 600; line-height: 1.35; }
h1 { font-size: 1.75rem; letter-spacing: -0.01em; }
h2 { font-size: 1.375rem; }
h3 { font-size: 1rem; }
h4 { margin-top: 20px; font-size: 0.8125rem; color: var(--soft); }
ul { list-style: none; }
a { color: var(--accent); text-underline-offset: 3px; text-decoration-thickness: 1px; }
code, pre { font-family: var(--mono); font-size: 0.8125rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.soft { color: var(--soft); font-weight: 400; }
.skip { position: absolute; left: 0; top: -96px; z-index: 2; padding: 16px; background: var(--surface); }
.skip:focus { top: 0; }

header {
  position: sticky; top: 0; z-index: 1; height: 56px; padding: 0 16px;
  display: flex; align-items: center; justify-content: space-between; gap: 16px;
  background: var(--paper); border-bottom: 1px solid var(--line);
}
.name { font-weight: 600; font-size: 1.0625rem; }
main { padding: 32px 16px 96px; max-width: 800px; min-width: 0; }
.lead { margin-top: 12px; max-width: 68ch; }
.group { margin-top: 64px; }
.group > .soft { margin-top: 4px; }

nav { padding: 12px 16px; display: flex; flex-wrap: wrap; gap: 4px 20px; border-bottom: 1px solid var(--line); }
/* Where there is no room for a column the groups are enough. */
nav ul { display: none; }
nav p a { display: inline-block; padding: 2px 0; }
nav a { color: inherit; text-decoration: none; }
nav a:hover { color: var(--accent); }
nav li a { display: flex; gap: 8px; padding: 4px 0; color: var(--soft); font-size: 0.8125rem; line-height: 1.4; }

.method { flex: none; font: 600 0.6875rem/1.6 var(--mono); text-transform: uppercase; letter-spacing: 0.04em; }
nav .method { width: 48px; }
.get { color: var(--get); } .post { color: var(--post); }
.patch, .put { color: var(--change); } .delete { color: var(--delete); }

article { margin-top: 24px; padding: 20px 16px; background: var(--surface); border: 1px solid var(--line); border-radius: 12px; }
article:target { border-color: var(--accent); }
article h3 a { color: inherit; text-decoration: none; display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: baseline; }
article h3 a:hover code { color: var(--accent); }
article h3 code { font-size: 0.9375rem; font-weight: 600; }
article h3 + p { margin-top: 8px; }

dl { margin-top: 8px; }
dl > div { padding: 10px 0; border-top: 1px solid var(--line); display: grid; gap: 2px 16px; }
dl > div:first-child { border-top: 0; }
dd p { margin-top: 2px; color: var(--soft); }
.optional { margin-left: 8px; color: var(--soft); font-size: 0.8125rem; }
.bounds { margin-left: 10px; color: var(--soft); font-size: 0.8125rem; }
.or { margin-top: 8px; color: var(--soft); font-style: italic; }
.answers li { margin-top: 8px; }
.status { margin-right: 8px; color: var(--post); font-weight: 600; }
.codes { margin-top: 12px; display: flex; flex-wrap: wrap; gap: 8px; }
.codes a {
  display: inline-block; min-height: 24px; padding: 1px 10px; border: 1px solid var(--line); border-radius: 12px;
  color: var(--soft); font-size: 0.8125rem; line-height: 1.6; text-decoration: none;
}
.codes a:hover { border-color: var(--accent); color: var(--accent); }
.codes span { font-family: var(--mono); font-size: 0.75rem; }
#refusals ~ dl > div:target { background: var(--wash); }
pre {
  margin-top: 8px; padding: 12px 16px; white-space: pre-wrap; background: var(--sunken); border-radius: 8px;
  line-height: 1.6;
}

@media (min-width: 600px) {
  dl > div { grid-template-columns: 190px minmax(0, 1fr); }
  header, nav, main { padding-left: 32px; padding-right: 32px; }
  article { padding: 24px; }
}
@media (min-width: 1080px) {
  .columns { display: grid; grid-template-columns: 340px minmax(0, 1fr); max-width: 1200px; margin: 0 auto; }
  header { padding: 0 max(32px, calc((100vw - 1200px) / 2 + 32px)); }
  nav p { margin-top: 16px; font-weight: 600; }
  nav ul { display: block; }
  nav {
    display: block; position: sticky; top: 56px; align-self: start; height: calc(100vh - 56px); overflow-y: auto;
    padding: 16px 24px 48px 32px; border-bottom: 0; border-right: 1px solid var(--line);
  }
  main { padding: 40px 32px 128px 48px; }
}
`;
