/** The style of `/docs`: light and dark, wide and narrow, of nothing but itself. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --dim: #56616f; --paper: #fff; --wash: #f3f5f8;
  --line: #d8dee6; --link: #0b57a4; --get: #0a6640; --put: #8a4b00; --post: #0b57a4; --delete: #a3242b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ee; --dim: #9aa6b4; --paper: #14181d; --wash: #1d232a; --line: #353e49;
    --link: #7cb8f5; --get: #6fce9f; --put: #e8b06a; --post: #7cb8f5; --delete: #f28b8f; }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; color: var(--ink); background: var(--paper);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
main, header, nav { max-width: 60rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.5rem; }
h1 { font-size: 1.7rem; margin: 0; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 0; display: flex; flex-wrap: wrap; gap: .25rem .6rem; }
h4 { font-size: .9rem; margin: 1rem 0 .25rem; color: var(--dim); }
a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code, pre { font: .9em/1.5 ui-monospace, monospace; }
pre { background: var(--wash); border: 1px solid var(--line); border-radius: .4rem;
  padding: .6rem .8rem; margin: .5rem 0; overflow-x: auto; white-space: pre-wrap; }
nav ul { list-style: none; margin: .25rem 0 1rem; padding: 0; columns: 20rem; }
nav li { break-inside: avoid; padding: .1rem 0; }
section.route { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem;
  margin: 1rem 0; }
section.route > p { margin: .4rem 0; }
.method { font: 700 .8rem/1.7rem ui-monospace, monospace; }
.get { color: var(--get); } .put { color: var(--put); } .post { color: var(--post); }
.delete { color: var(--delete); }
dl { margin: 0; }
dt { margin-top: .35rem; }
dd { margin: 0 0 0 1rem; color: var(--dim); }
.dim { color: var(--dim); font-size: .9rem; }
details { margin: .25rem 0; }
summary { cursor: pointer; padding: .15rem 0; }
details > :not(summary) { margin-left: 1rem; }
ul { margin: .25rem 0; padding-left: 1.2rem; }
`;
