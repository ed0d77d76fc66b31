namespace EdgeFlora.Cli.Report;

/// <summary>
/// The page's style sheet: light and dark by the reader's preference, colours told apart by the colour-blind (after Okabe and Ito).
/// </summary>
internal static class ReportStyle
{
    public const string Sheet = """
        :root { color-scheme: light dark; --page: #f6f7f5; --card: #ffffff; --ink: #1c2421; --soft: #5b6763; --rule: #dfe4e1;
          --s1: #00805f; --s2: #0067a8; --s3: #c4540a; --s4: #3d8fd1; --s5: #7b8581; --good: #2a9d78; --slow: #d99a00; --bad: #c63d3d;
            --gone: #8a7fa8; --band: #eef1ef; }
        @media (prefers-color-scheme: dark) { :root { --page: #111614; --card: #1a211e; --ink: #e8eeeb; --soft: #9aa8a2; --rule: #313b36;
          --s1: #3fcf9f; --s2: #62b3f0; --s3: #f0914a; --s4: #7cc0f4; --s5: #98a49e; --good: #2fae86; --slow: #e0ac2b; --bad: #e46a6a;
            --gone: #a79bc9; --band: #202925; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink);
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
        h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.01em; }
        h2 { font-size: 1.15rem; margin: 0; }
        .lead { font-size: 1.1rem; color: var(--soft); margin: 0 0 1.2rem; }
        dl { display: flex; flex-wrap: wrap; gap: .4rem 1.6rem; margin: 0 0 1.6rem; font-size: .9rem; }
        dl div { display: flex; gap: .45rem; } dt { color: var(--soft); } dd { margin: 0; font-weight: 600; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.8rem, 1fr)); gap: .9rem; margin-bottom: 1.1rem; }
        .tile, .card { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; }
        .tile { padding: 1rem 1.1rem; } .tile .figure { font-size: 1.6rem; white-space: nowrap; font-weight: 700; letter-spacing: -.02em;
          font-variant-numeric: tabular-nums; }
        .tile .name { font-weight: 600; font-size: .92rem; } .tile .beside { color: var(--soft); font-size: .85rem; }
        .card { padding: 1.3rem 1.5rem 1.2rem; margin-bottom: 1.1rem; }
        .why { color: var(--soft); font-size: .92rem; margin: .25rem 0 1rem; max-width: 46rem; }
        svg { display: block; width: 100%; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        text { fill: var(--ink); } .tick { fill: var(--soft); font-size: 12px; } .label { font-size: 13px; }
        .strong, .name { font-weight: 600; font-size: 13px; }
        .grid { stroke: var(--rule); } .level { stroke-width: 1.5; stroke-dasharray: 5 5; }
        .curve { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
        .span { stroke: var(--rule); stroke-width: 3; } .dot { stroke: var(--card); stroke-width: 1.5; }
        line.s1, .curve.s1 { stroke: var(--s1); } line.s2, .curve.s2 { stroke: var(--s2); } line.s3, .curve.s3 { stroke: var(--s3); }
        line.s4, .curve.s4 { stroke: var(--s4); } line.s5, .curve.s5 { stroke: var(--s5); }
        .dot.s1, .bar.s1, text.s1 { fill: var(--s1); } .dot.s2, .bar.s2, text.s2 { fill: var(--s2); } .dot.s3, .bar.s3, text.s3 { fill: var(--s3); }
        .dot.s4, .bar.s4, text.s4 { fill: var(--s4); } .dot.s5, .bar.s5, text.s5 { fill: var(--s5); }
        .cell { fill: var(--s2); } .count { font-size: 11px; fill: var(--soft); } .count.over { fill: var(--card); font-weight: 600; }
        .band { fill: var(--band); } .band.even { fill: none; } .work.good, .swatch.good { fill: var(--good); background: var(--good); }
        .work.slow, .swatch.slow { fill: var(--slow); background: var(--slow); }
        .work.bad, .swatch.bad { fill: var(--bad); background: var(--bad); }
        .work.gone, .swatch.gone { fill: var(--gone); background: var(--gone); } .work.open { fill: var(--s5); }
        .pin { fill: var(--ink); stroke: var(--card); stroke-width: 1.5; } .pinned { fill: var(--card); font-size: 11px; font-weight: 700; }
        .legend { display: flex; gap: 1.2rem; font-size: .85rem; color: var(--soft); margin: 0 0 .5rem; }
        .swatch { display: inline-block; width: .85rem; height: .85rem; border-radius: 3px; vertical-align: -.1rem; overflow: hidden; }
        .incidents { font-size: .88rem; margin: .9rem 0 0; padding-left: 1.6rem; columns: 1; }
        .incidents li { margin: .15rem 0; overflow-wrap: anywhere; }
        .scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .86rem; font-variant-numeric: tabular-nums; }
        th, td { text-align: right; padding: .4rem .55rem; border-bottom: 1px solid var(--rule); white-space: nowrap; }
        thead th { color: var(--soft); font-weight: 600; }
        .faults { margin: .9rem 0 .4rem; } .faults tbody th { font-weight: 500; } .faults th, .faults td { text-align: left; }
        .faults td:last-child { white-space: normal; }
        @media print { body { background: none; } .card, .tile { break-inside: avoid; } }
        """;
}
