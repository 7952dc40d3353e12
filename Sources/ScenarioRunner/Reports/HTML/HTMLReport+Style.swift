extension HTMLReport {
    /// The page's look, light and dark.
    ///
    /// It stands in the page as it stands here: its hash is part of the policy.
    static let style = #"""
        :root {
          color-scheme: light dark;
          --ground: #f6f7f9; --card: #ffffff; --ink: #1b2330; --soft: #5b6675; --line: #dfe3e8; --hover: #eef1f5;
          --accent: #2457d6; --accent-soft: #e6edff; --pass: #146b3d; --pass-soft: #e3f5ea; --fail: #c62b36;
          --fail-soft: #fdebec; --broken: #9a5b00; --broken-soft: #fdf1dc; --flaky: #7a3fc4; --flaky-soft: #f1e8fc;
          --skip: #57606b; --skip-soft: #eceff2; --answer: #0e8a8a; --shadow: 0 1px 2px rgb(20 30 50 / .06), 0 4px 16px rgb(20 30 50 / .05);
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #11151b; --card: #191f28; --ink: #e7ebf1; --soft: #9aa6b5; --line: #2b3441; --hover: #222a35;
            --accent: #8fb0ff; --accent-soft: #1f2c4a; --pass: #5fd39a; --pass-soft: #15301f; --fail: #ff8089;
            --fail-soft: #3a1a1f; --broken: #f2b455; --broken-soft: #362813; --flaky: #c9a2ff; --flaky-soft: #2b2140;
            --skip: #98a2af; --skip-soft: #252c36; --answer: #5cd0d0; --shadow: none;
          }
        }
        * { box-sizing: border-box; }
        html { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        body { margin: 0; background: var(--ground); color: var(--ink); }
        h1, h2, h3, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
        ul, ol { list-style: none; }
        code, pre, .mono { font-family: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace; font-size: .87em; }
        a { color: var(--accent); }
        button, input, select { font: inherit; color: inherit; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
        .skip-link { position: absolute; left: -999px; }
        .skip-link:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; z-index: 9; }
        header.top { background: var(--card); border-bottom: 1px solid var(--line); padding: 1.1rem 1.6rem 1.2rem; }
        .headline { display: flex; flex-wrap: wrap; align-items: baseline; gap: .4rem 1rem; }
        .headline h1 { font-size: 1.35rem; font-weight: 650; letter-spacing: -.01em; }
        .headline h1 a { color: inherit; text-decoration: none; }
        .meta { color: var(--soft); font-size: .9rem; display: flex; flex-wrap: wrap; gap: .2rem 1rem; }
        .bar { display: flex; gap: 2px; height: 8px; margin-top: .9rem; border-radius: 4px; overflow: hidden; background: var(--line); }
        .bar span { display: block; min-width: 4px; }
        .fill-passed { background: var(--pass); } .fill-failed { background: var(--fail); } .fill-broken { background: var(--broken); }
        .fill-flaky { background: var(--flaky); } .fill-skipped { background: var(--skip); }
        .layout { display: grid; grid-template-columns: minmax(15rem, 21rem) minmax(0, 1fr); align-items: start; }
        nav.tree { position: sticky; top: 0; max-height: 100vh; overflow: auto; padding: 1rem .6rem 3rem 1.2rem; border-right: 1px solid var(--line); }
        nav.tree input { width: 100%; padding: .45rem .7rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card); margin-bottom: .6rem; }
        nav.tree h2 { font-size: .78rem; font-weight: 600; color: var(--soft); padding: .7rem .5rem .25rem; }
        nav.tree summary { cursor: pointer; color: var(--soft); font-size: .88rem; font-weight: 600; padding: .55rem .5rem .25rem; border-radius: 6px; }
        nav.tree summary .count { font-weight: 400; }
        nav.tree a { display: flex; gap: .5rem; align-items: baseline; padding: .3rem .5rem; border-radius: 7px; color: var(--ink); text-decoration: none; font-size: .92rem; overflow-wrap: anywhere; }
        nav.tree a:hover { background: var(--hover); }
        nav.tree a[aria-current] { background: var(--accent-soft); color: var(--accent); font-weight: 550; }
        nav.tree a .time { margin-left: auto; color: var(--soft); font-size: .82rem; white-space: nowrap; }
        .dot { flex: none; width: .6rem; height: .6rem; border-radius: 50%; align-self: center; }
        main { padding: 1.4rem 1.8rem 4rem; min-width: 0; max-width: 86rem; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); padding: 1.1rem 1.3rem; margin-top: 1rem; }
        .card > h2, .card > h3 { font-size: 1rem; font-weight: 650; margin-bottom: .7rem; }
        .totals { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .8rem; }
        .total { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: .8rem 1.1rem; box-shadow: var(--shadow); }
        .total b { display: block; font-size: 1.8rem; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; }
        .total span { color: var(--soft); }
        .ink-passed { color: var(--pass); } .ink-failed { color: var(--fail); } .ink-broken { color: var(--broken); } .ink-flaky { color: var(--flaky); } .ink-skipped { color: var(--skip); }
        #subject:focus { outline: none; }
        .badge { display: inline-block; white-space: nowrap; padding: .1rem .6rem; border-radius: 99px; font-size: .82rem; font-weight: 600; }
        .badge.passed { background: var(--pass-soft); color: var(--pass); } .badge.failed { background: var(--fail-soft); color: var(--fail); }
        .badge.broken { background: var(--broken-soft); color: var(--broken); } .badge.flaky { background: var(--flaky-soft); color: var(--flaky); }
        .badge.skipped { background: var(--skip-soft); color: var(--skip); } .badge.tag { background: var(--hover); color: var(--soft); font-weight: 500; }
        .title h1 { font-size: 1.35rem; font-weight: 650; letter-spacing: -.01em; margin: .35rem 0 .15rem; overflow-wrap: anywhere; }
        .title .meta { margin-top: .3rem; }
        .failure { border-left: 4px solid var(--fail); } .failure.broken { border-left-color: var(--broken); }
        .failure .sentence { font-size: 1.02rem; font-weight: 550; overflow-wrap: anywhere; }
        .failure .what { margin-top: .35rem; color: var(--fail); overflow-wrap: anywhere; } .failure.broken .what { color: var(--broken); }
        .failure .step { color: var(--soft); font-size: .9rem; margin-bottom: .25rem; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .92rem; }
        th, thead td { text-align: left; font-weight: 600; color: var(--soft); font-size: .84rem; }
        th, td { padding: .38rem .7rem .38rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
        tr:last-child td { border-bottom: 0; }
        th.name { min-width: 11rem; }
        tr.differs td { background: var(--fail-soft); } tr.differs td:first-child { border-radius: 6px 0 0 6px; padding-left: .5rem; }
        td.mark { color: var(--fail); font-weight: 600; white-space: nowrap; }
        .rerun { display: flex; gap: .6rem; align-items: center; margin-top: 1rem; background: var(--hover); border-radius: 8px; padding: .5rem .8rem; }
        .rerun code { overflow-x: auto; white-space: nowrap; flex: 1; }
        button { background: var(--card); border: 1px solid var(--line); border-radius: 7px; padding: .25rem .75rem; cursor: pointer; }
        button:hover { background: var(--hover); }
        select { background: var(--card); border: 1px solid var(--line); border-radius: 7px; color: var(--ink); padding: .15rem .4rem; }
        ol.steps li { display: grid; grid-template-columns: 5.4rem minmax(0, 1fr) minmax(7rem, 18%) 4.6rem; gap: .2rem .8rem; align-items: baseline; padding: .38rem .4rem; border-bottom: 1px solid var(--line); }
        ol.steps li:last-child { border-bottom: 0; }
        ol.steps li.failed { background: var(--fail-soft); border-radius: 8px; } ol.steps li.broken { background: var(--broken-soft); border-radius: 8px; }
        ol.steps .label { color: var(--soft); font-size: .86rem; white-space: nowrap; }
        ol.steps .text { overflow-wrap: anywhere; } ol.steps .note { color: var(--soft); font-size: .86rem; }
        ol.steps .track { position: relative; height: .55rem; background: var(--hover); border-radius: 3px; align-self: center; }
        ol.steps .track span { position: absolute; top: 0; bottom: 0; border-radius: 3px; min-width: 3px; background: var(--accent); }
        ol.steps li.failed .track span { background: var(--fail); } ol.steps li.broken .track span { background: var(--broken); }
        ol.steps .time { text-align: right; color: var(--soft); font-size: .86rem; font-variant-numeric: tabular-nums; }
        .lanes { display: grid; grid-template-columns: 10.5rem minmax(0, 1fr); }
        .lanes .names { padding-top: 56px; } .lanes .names div { height: 48px; display: flex; align-items: center; font-size: .9rem; font-weight: 550; padding-right: .6rem; overflow-wrap: anywhere; line-height: 1.2; }
        .lanes .canvas { overflow-x: auto; } .lanes svg { display: block; }
        svg text { fill: var(--soft); font-size: 11px; font-family: inherit; }
        svg .lane { stroke: var(--line); stroke-width: 1.5; } svg .grid { stroke: var(--line); stroke-dasharray: 2 4; }
        svg .band { fill: var(--hover); } svg .band.odd { fill: var(--accent-soft); } svg .band.failed { fill: var(--fail-soft); } svg .band.broken { fill: var(--broken-soft); }
        svg .band-text.failed { fill: var(--fail); font-weight: 700; } svg .band-text.broken { fill: var(--broken); font-weight: 700; }
        svg .packet { stroke-width: 1.4; fill: none; opacity: .8; } svg .packet:hover { stroke-width: 3; opacity: 1; }
        svg .up { stroke: var(--accent); } svg .down { stroke: var(--answer); } svg .refused { stroke: var(--fail); } svg .dropped { stroke: var(--broken); }
        svg .head-up { fill: var(--accent); } svg .head-down { fill: var(--answer); }
        svg .event { fill: var(--ink); stroke: var(--card); stroke-width: 1.5; } svg .end { stroke: var(--fail); stroke-width: 1.5; stroke-dasharray: 5 3; }
        .tools { display: flex; flex-wrap: wrap; gap: .4rem 1.1rem; align-items: center; font-size: .88rem; color: var(--soft); margin-bottom: .6rem; }
        .key { display: inline-flex; align-items: center; gap: .35rem; } .key i { width: 1.1rem; height: 3px; border-radius: 2px; }
        .key .k-up { background: var(--accent); } .key .k-down { background: var(--answer); } .key .k-refused { background: var(--fail); } .key .k-dropped { background: var(--broken); }
        .key .k-event { width: 9px; height: 9px; border-radius: 50%; background: var(--ink); }
        [role=tablist] { display: flex; flex-wrap: wrap; gap: .2rem; border-bottom: 1px solid var(--line); margin: -.3rem 0 1rem; }
        [role=tab] { border: 0; background: none; border-radius: 7px 7px 0 0; padding: .45rem .95rem; color: var(--soft); font-weight: 550; border-bottom: 2px solid transparent; }
        [role=tab][aria-selected=true] { color: var(--accent); border-bottom-color: var(--accent); }
        .why li { padding: .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; } .why li:last-child { border-bottom: 0; }
        .why h3 { font-size: .9rem; color: var(--soft); margin: 1rem 0 .2rem; font-weight: 600; }
        .source { margin: 0; overflow-x: auto; line-height: 1.55; } .source .row { display: block; white-space: pre; padding-right: 1rem; }
        .source .row.here { background: var(--fail-soft); } .source .number { display: inline-block; width: 3.2rem; padding-right: 1rem; text-align: right; color: var(--soft); user-select: none; }
        .matrix { display: grid; grid-template-columns: repeat(auto-fill, minmax(3.3rem, 1fr)); gap: .35rem; }
        .matrix li { text-align: center; border-radius: 7px; padding: .25rem 0; font-size: .84rem; font-weight: 600; background: var(--skip-soft); color: var(--skip); }
        .matrix li a { color: inherit; text-decoration: none; display: block; } .matrix li.passed { background: var(--pass-soft); color: var(--pass); }
        .matrix li.failed { background: var(--fail-soft); color: var(--fail); } .matrix li.broken { background: var(--broken-soft); color: var(--broken); } .matrix li.open { background: none; border: 1px dashed var(--line); font-weight: 400; }
        .empty { color: var(--soft); } .hint { color: var(--soft); font-size: .88rem; margin-top: .7rem; }
        @media (max-width: 60rem) {
          .layout { display: block; } nav.tree { position: static; max-height: 20rem; border-right: 0; border-bottom: 1px solid var(--line); }
          ol.steps li { grid-template-columns: 4.6rem minmax(0, 1fr) 4.4rem; } ol.steps .track { display: none; } .lanes { grid-template-columns: 7rem minmax(0, 1fr); }
          main { padding: 1rem; }
        }
        @media print { nav.tree, .rerun button { display: none; } .layout { display: block; } }
        """#
}
