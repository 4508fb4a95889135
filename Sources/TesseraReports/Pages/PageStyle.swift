/// The look of pages: one column of sections, light or dark, for screens from 360 pixels on and for paper.
enum PageStyle {
  static let rules = theme + frame + tiles + tables + confusion + pictures + facts + print

  private static let theme = [
    ":root{color-scheme:light dark;--paper:#fff;--fill:#f5f7f9;--ink:#1b1f24;--soft:#57606a;--line:#dfe4e9;--accent:#2563b0;"
      + "--accent-rgb:37 99 176;--miss-rgb:214 94 20;--good:#1a7f37;--bad:#b42318;--warn:#8a5a00}",
    "@media (prefers-color-scheme:dark){:root{--paper:#0d1117;--fill:#161c24;--ink:#e6edf3;--soft:#9aa4ae;--line:#2a323c;"
      + "--accent:#79aaf0;--accent-rgb:98 155 240;--miss-rgb:240 130 60;--good:#5fc274;--bad:#ff8a80;--warn:#e0b14a}}",
  ]

  private static let frame = [
    "*{box-sizing:border-box}",
    "html{-webkit-text-size-adjust:100%}",
    "body{margin:0 auto;max-width:1080px;padding:28px 24px 64px;background:var(--paper);color:var(--ink);"
      + "font:15px/1.5 \(ChartStyle.font);font-variant-numeric:tabular-nums}",
    "h1{font-size:24px;line-height:1.25;margin:0;letter-spacing:-.01em;overflow-wrap:anywhere}",
    "h2{font-size:17px;margin:0 0 4px;letter-spacing:-.005em}",
    "h3{font-size:14px;margin:20px 0 8px}",
    "p{margin:0 0 12px;max-width:76ch}.soft,.sub{color:var(--soft)}.sub{margin:4px 0 14px;max-width:none}",
    "section{margin-top:36px;padding-top:20px;border-top:1px solid var(--line);scroll-margin-top:8px}",
    "a{color:var(--accent)}",
    ":focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}",
    "nav{display:flex;flex-wrap:wrap;gap:4px 18px;margin-top:18px;font-size:14px}nav a{text-decoration:none}"
      + "nav a:hover{text-decoration:underline}",
    "button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer}",
    ".status{display:flex;flex-wrap:wrap;align-items:center;gap:6px 12px;margin:0 0 10px}",
    ".badge{font-weight:600;font-size:13px;padding:2px 10px;border:1px solid;border-radius:99px;white-space:nowrap}",
    ".running .badge{color:var(--accent)}.finished .badge{color:var(--good)}.interrupted .badge{color:var(--warn)}"
      + ".failed .badge,.killed .badge{color:var(--bad)}",
    ".running .mark{display:inline-block;animation:pulse 2s ease-in-out infinite}@keyframes pulse{50%{opacity:.25}}",
    "@media (prefers-reduced-motion:reduce){.running .mark{animation:none}}",
    ".progress{height:6px;border-radius:3px;background:var(--fill);border:1px solid var(--line);overflow:hidden;"
      + "margin:0 0 14px}.progress i{display:block;height:100%;background:var(--accent)}",
    ".notice{border-left:3px solid var(--bad);padding:2px 0 2px 12px;overflow-wrap:anywhere}",
    "details{margin-top:14px}summary{cursor:pointer;color:var(--accent);font-size:14px;width:fit-content}"
      + "details[open] summary{margin-bottom:8px}",
  ]

  private static let tiles = [
    ".tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:12px;margin:0}",
    ".tiles>div{border:1px solid var(--line);border-radius:8px;padding:10px 14px;min-width:0}",
    ".tiles dt{color:var(--soft);font-size:13px}.tiles dd{margin:0;font-size:13px;color:var(--soft)}",
    ".tiles .value{font-size:24px;line-height:1.3;font-weight:600;color:var(--ink);letter-spacing:-.01em}",
    ".up{color:var(--good)}.down{color:var(--bad)}.same{color:var(--soft)}",
    ".charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr));gap:18px 24px}",
    ".chart{margin:0;position:relative;min-width:0}.chart>svg{display:block;width:100%;height:auto;overflow:visible}",
    ".tc-hover{fill:transparent;stroke:none}.tc-cursor{stroke:var(--soft);stroke-width:1;pointer-events:none}",
    ".tip{position:absolute;pointer-events:none;background:var(--paper);border:1px solid var(--line);border-radius:6px;"
      + "padding:4px 8px;font-size:12.5px;line-height:1.4;box-shadow:0 2px 8px rgb(0 0 0/.14);white-space:nowrap;z-index:2;"
      + "max-width:100%;overflow:hidden;text-overflow:ellipsis}",
    ".tip b{font-weight:600}",
    ".legend{display:flex;flex-wrap:wrap;gap:2px 22px;list-style:none;margin:4px 0 10px;padding:0;font-size:13.5px}"
      + ".legend li{display:flex;align-items:center;gap:8px;min-width:0}.legend svg{flex:none}"
      + ".legend span{overflow-wrap:anywhere}",
  ]

  private static let tables = [
    ".scroll{overflow:auto;max-height:min(640px,80vh);border:1px solid var(--line);border-radius:8px}",
    ".scroll+p{margin-top:8px}",
    "table{border-collapse:separate;border-spacing:0;width:100%;font-size:13.5px;line-height:1.35}",
    "th,td{padding:5px 12px;text-align:left;border-bottom:1px solid var(--line);vertical-align:middle}",
    "tbody tr:last-child>*{border-bottom:0}",
    "thead th{position:sticky;top:0;background:var(--fill);font-weight:600;z-index:1;white-space:nowrap}",
    "tbody th{font-weight:400}.name-cell{max-width:300px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}",
    ".n{text-align:right;white-space:nowrap}",
    "th button{font-weight:600}th button::after{content:' \u{2195}';color:var(--soft);font-weight:400}",
    "th[aria-sort=ascending] button::after{content:' \u{2191}';color:var(--ink)}"
      + "th[aria-sort=descending] button::after{content:' \u{2193}';color:var(--ink)}",
    "tbody tr:hover>*{background:var(--fill)}",
    ".swatch{display:inline-block;width:12px;height:12px;border-radius:3px;border:1px solid rgb(128 128 128/.6);"
      + "margin-right:8px;vertical-align:-1px;print-color-adjust:exact;-webkit-print-color-adjust:exact}",
    ".iou{display:flex;align-items:center;justify-content:flex-end;gap:10px}",
    ".meter{flex:none;width:72px;height:8px;border-radius:2px;background:rgb(128 128 128/.2);overflow:hidden;"
      + "print-color-adjust:exact;-webkit-print-color-adjust:exact}.meter i{display:block;height:100%;background:var(--accent)}",
    ".spark{display:block;margin-left:auto}.spark path{fill:none;stroke:var(--accent);stroke-width:1.4;"
      + "stroke-linejoin:round}",
    ".best{font-weight:600}.best::after{content:' \u{2605}';color:var(--accent)}",
  ]

  private static let confusion = [
    ".matrix{width:auto;font-size:12px}.matrix th,.matrix td{padding:0;border:0}",
    ".matrix thead th{vertical-align:bottom;text-align:center;font-weight:400;padding:6px 0}",
    ".matrix thead span{writing-mode:vertical-rl;transform:rotate(180deg);max-height:130px;overflow:hidden;"
      + "text-overflow:ellipsis;white-space:nowrap}",
    ".matrix tbody th{position:sticky;left:0;background:var(--paper);padding:0 8px;text-align:right;max-width:150px;"
      + "white-space:nowrap;overflow:hidden;text-overflow:ellipsis;z-index:1}",
    ".matrix td{width:38px;min-width:30px;height:30px;text-align:center;border:1px solid var(--paper);"
      + "background:rgb(var(--miss-rgb)/calc(var(--s,0)*.92));print-color-adjust:exact;-webkit-print-color-adjust:exact}",
    ".matrix td.right{background:rgb(var(--accent-rgb)/calc(var(--s,0)*.92));outline:1.5px solid var(--ink);"
      + "outline-offset:-2px}",
    ".matrix td.deep{color:var(--paper)}.matrix td.rest{border-left:8px solid var(--paper)}",
    ".matrix td.none{color:var(--soft)}",
    ".matrix tbody tr:hover>td{background:rgb(var(--miss-rgb)/calc(var(--s,0)*.92))}"
      + ".matrix tbody tr:hover>td.right{background:rgb(var(--accent-rgb)/calc(var(--s,0)*.92))}",
    ".confusion{display:flex;flex-wrap:wrap;gap:20px 28px;align-items:flex-start}.confusion>*{max-width:100%}"
      + ".confusion .list{flex:1 1 420px;min-width:0}.confusion h3{margin-top:0}.confusion .list th,.confusion .list td{"
      + "padding-left:9px;padding-right:9px}.confusion .name-cell{max-width:150px}",
    ".matrix-scroll{width:fit-content;max-width:100%;max-height:none;padding:4px;flex:none}",
  ]

  private static let pictures = [
    ".pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,236px),1fr));gap:22px 18px}",
    ".picture{margin:0;min-width:0}.picture figcaption{font-size:13px;line-height:1.4;margin-top:6px}",
    ".picture .name{font-weight:600;overflow-wrap:anywhere}",
    ".views{display:grid;grid-template-columns:1fr 1fr;gap:6px}.views figure{margin:0;min-width:0}"
      + ".views figcaption{color:var(--soft);font-size:12px;margin:1px 0 0}",
    ".views img{display:block;width:100%;height:auto;border-radius:4px;image-rendering:pixelated;background:var(--fill)}"
      + ".views .photo img{image-rendering:auto}",
    ".compare{display:none;position:relative;overflow:hidden;border-radius:6px;background:var(--fill);touch-action:pan-y;"
      + "--split:50%}",
    ".compare img{display:block;width:100%;height:auto}.compare .mask{position:absolute;inset:0;height:100%;"
      + "image-rendering:pixelated;opacity:var(--strength,.7)}",
    ".compare .truth{clip-path:inset(0 calc(100% - var(--split)) 0 0)}.compare .guess{clip-path:inset(0 0 0 var(--split))}",
    ".compare input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:ew-resize;"
      + "touch-action:pan-y}",
    ".compare .edge{position:absolute;top:0;bottom:0;left:var(--split);width:2px;margin-left:-1px;background:#fff;"
      + "box-shadow:0 0 0 1px rgb(0 0 0/.55);pointer-events:none}",
    ".compare .edge::after{content:'\u{2039}\u{203A}';position:absolute;top:50%;left:50%;transform:translate(-50%,-50%);"
      + "width:26px;height:26px;border-radius:50%;background:#fff;color:#1b1f24;font:600 15px/23px sans-serif;"
      + "text-align:center;box-shadow:0 0 0 1px rgb(0 0 0/.45)}",
    ".compare .side{position:absolute;top:6px;padding:0 7px;border-radius:4px;background:rgb(0 0 0/.62);color:#fff;"
      + "font-size:11.5px;line-height:18px;pointer-events:none}.compare .side.l{left:6px}.compare .side.r{right:6px}",
    ".compare:has(input:focus-visible){outline:2px solid var(--accent);outline-offset:2px}",
    "@media screen{.js .compare{display:block}.js .views{display:none}.js .views.shown{display:grid;margin-top:6px}}",
    ".strength{display:none;align-items:center;gap:10px;font-size:13.5px;margin:0 0 12px;flex-wrap:wrap}"
      + ".js .strength{display:flex}.strength input{width:150px;accent-color:var(--accent)}"
      + ".strength button{color:var(--accent);margin-left:10px}.strength button:hover{text-decoration:underline}",
    ".here{display:none;min-height:1.4em;color:var(--soft);font-size:12.5px}.js .here{display:block}",
    ".keys{display:flex;flex-wrap:wrap;gap:0 12px;list-style:none;margin:4px 0 0;padding:0;font-size:12.5px;"
      + "color:var(--soft)}.keys .swatch{width:10px;height:10px;margin-right:5px}",
  ]

  private static let facts = [
    ".groups{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:4px 36px}",
    ".facts{margin:0;font-size:13.5px}.facts>div{display:flex;justify-content:space-between;gap:16px;padding:4px 0;"
      + "border-bottom:1px solid var(--line)}.facts dt{color:var(--soft);flex:none;max-width:55%}"
      + ".facts dd{margin:0;text-align:right;min-width:0;overflow-wrap:anywhere}",
    ".shares{display:flex;height:26px;border-radius:6px;overflow:hidden;border:1px solid var(--line);margin:8px 0;"
      + "print-color-adjust:exact;-webkit-print-color-adjust:exact}.shares i{display:block;min-width:2px}",
    ".part-0{background:repeating-linear-gradient(45deg,#e8590c 0 3px,#f6b48c 3px 7px)}.part-1{background:#3f78c8}"
      + ".part-2{background:repeating-linear-gradient(90deg,#8260c4 0 2px,#cbbbe8 2px 6px)}"
      + ".part-3{background:rgb(128 128 128/.35)}",
    ".parts{display:flex;flex-wrap:wrap;gap:2px 22px;list-style:none;padding:0;margin:0 0 14px;font-size:13.5px}"
      + ".parts i{display:inline-block;width:14px;height:12px;border-radius:2px;margin-right:8px;vertical-align:-1px;"
      + "print-color-adjust:exact;-webkit-print-color-adjust:exact}",
    ".command{display:flex;gap:10px;align-items:flex-start;border:1px solid var(--line);border-radius:8px;"
      + "background:var(--fill);padding:9px 12px;margin:0 0 4px}.command code{flex:1;min-width:0;"
      + "font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}"
      + ".command button{color:var(--accent);font-size:13px;display:none}.js .command button{display:block}",
    ".command code span{display:inline-block;max-width:100%}h3.command-title{margin:16px 0 6px}",
  ]

  private static let print = [
    "@media (max-width:640px){body{padding:18px 16px 48px}.wide,.meter{display:none}th,td{padding:5px 6px}"
      + ".chart text{font-size:14.5px}.name-cell{max-width:112px}"
      + ".matrix td{min-width:26px;height:26px}.matrix tbody th{max-width:96px}.tiles{gap:8px;"
      + "grid-template-columns:repeat(auto-fill,minmax(140px,1fr))}.tiles>div{padding:8px 11px}}",
    "@page{margin:14mm}",
    "@media print{body{max-width:none;padding:0;font-size:10.5pt}nav,.strength,.here,.command button,.tip,.renewal,"
      + "th button::after{display:none!important}.scroll{max-height:none;overflow:visible;border:0}"
      + "thead th{position:static}.matrix tbody th{position:static}.matrix td{width:auto;min-width:24px;height:24px;"
      + "font-size:9px}.matrix{font-size:10px}.chart,.picture,.tiles>div,tr,.command,.shares,.facts>div,"
      + ".matrix-scroll{break-inside:avoid}h2,h3{break-after:avoid}section{margin-top:20px;padding-top:12px}"
      + ".charts{grid-template-columns:1fr 1fr}.pictures{grid-template-columns:1fr 1fr}"
      + ".tiles{grid-template-columns:repeat(4,1fr)}section>.soft,.parts,.legend{break-after:avoid}"
      + ".groups{grid-template-columns:1fr 1fr}table{font-size:9.5pt}details>summary{list-style:none}"
      + "details::details-content{content-visibility:visible;height:auto}}",
  ]
}
