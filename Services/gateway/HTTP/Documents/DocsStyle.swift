/// How the page of a description looks, in light and in dark.
enum DocsStyle {
    static let css = """
        :root {
          color-scheme: light dark;
          --page: #ffffff; --side: #f6f7f9; --ink: #1b2230; --soft: #5d6779; --line: #e1e5eb; --code: #f3f5f8;
          --link: #2456c7; --get: #1a7f4b; --post: #2456c7; --put: #9a6200; --patch: #7a4bb5; --delete: #b3261e;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #12161d; --side: #181d26; --ink: #e5e9f0; --soft: #97a1b3; --line: #2a313d; --code: #1c222c;
            --link: #82a9ff; --get: #5ecb93; --post: #82a9ff; --put: #e2ae52; --patch: #c09bf0; --delete: #f28b82;
          }
        }
        * { box-sizing: border-box; }
        html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
        body {
          margin: 0; display: grid; grid-template-columns: 20rem minmax(0, 1fr); min-height: 100vh;
          background: var(--page); color: var(--ink);
          font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
        }
        aside {
          position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.25rem 1rem; background: var(--side);
          border-right: 1px solid var(--line);
        }
        aside header { display: flex; align-items: baseline; gap: .5rem; }
        h1 { font-size: 1.15rem; margin: 0; }
        #version { color: var(--soft); font-size: .85rem; }
        input {
          width: 100%; padding: .5rem .65rem; border: 1px solid var(--line); border-radius: 8px; font: inherit;
          background: var(--page); color: var(--ink);
        }
        input:focus-visible, a:focus-visible, button:focus-visible, summary:focus-visible {
          outline: 2px solid var(--link); outline-offset: 1px;
        }
        #search { margin: 1rem 0; }
        nav h2 { font-size: .75rem; text-transform: uppercase; letter-spacing: .06em; color: var(--soft); margin: 1rem 0 .25rem; }
        nav a {
          display: flex; gap: .5rem; padding: .2rem .4rem; border-radius: 6px; color: inherit; text-decoration: none;
          font-size: .85rem; overflow-wrap: anywhere;
        }
        nav a:hover { background: var(--line); }
        a { color: var(--link); }
        main { padding: 2rem clamp(1rem, 4vw, 3.5rem) 6rem; max-width: 68rem; }
        #intro { border-bottom: 1px solid var(--line); padding-bottom: 1.25rem; }
        #intro label { display: block; color: var(--soft); font-size: .85rem; margin-bottom: .35rem; }
        #token { max-width: 34rem; }
        .note { color: var(--soft); }
        article { padding: 2rem 0 1.5rem; border-bottom: 1px solid var(--line); }
        article h3 {
          display: flex; flex-wrap: wrap; align-items: center; gap: .6rem; margin: 0; font-size: 1.05rem;
          font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-weight: 600;
        }
        article > p { margin: .4rem 0 0; }
        h4 { margin: 1.25rem 0 .4rem; font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; color: var(--soft); }
        .method { font: 700 .72rem/1 ui-monospace, Menlo, Consolas, monospace; min-width: 3.6em; padding-top: .28em; }
        h3 .method {
          padding: .4em .6em; border: 1px solid currentColor; border-radius: 6px; text-align: center; font-size: .75rem;
        }
        .get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); }
        .patch { color: var(--patch); } .delete { color: var(--delete); }
        .tag {
          font-size: .75rem; color: var(--soft); border: 1px solid var(--line); border-radius: 99px; padding: .1rem .6rem;
        }
        table { width: 100%; border-collapse: collapse; font-size: .88rem; }
        td, th { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); }
        th { font-weight: 600; color: var(--soft); border-top: 0; }
        td:first-child { white-space: nowrap; }
        code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .84rem; }
        pre {
          position: relative; margin: .4rem 0 0; padding: .8rem 1rem; background: var(--code); border-radius: 8px;
          overflow-x: auto; white-space: pre;
        }
        .curl { display: flex; gap: .5rem; align-items: flex-start; }
        .curl pre { flex: 1; min-width: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
        button {
          margin-top: .4rem; padding: .45rem .8rem; font: inherit; font-size: .82rem; color: var(--ink);
          background: var(--page); border: 1px solid var(--line); border-radius: 8px; cursor: pointer;
        }
        button:hover { border-color: var(--soft); }
        details { margin-top: .35rem; }
        summary { cursor: pointer; padding: .2rem 0; }
        .status { font-weight: 600; margin-right: .5rem; }
        .required { color: var(--delete); }
        [hidden] { display: none !important; }
        @media (max-width: 52rem) {
          body { grid-template-columns: minmax(0, 1fr); }
          aside { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); }
          nav { max-height: 14rem; overflow-y: auto; }
        }
        """
}
