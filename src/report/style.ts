/** How the page looks: light and dark, phone and paper. No colour says anything alone. */
export const style = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--soft:#57606a;--line:#d0d7de;--card:#f6f8fa;--link:#0550ae;--high:#a40e26;--medium:#7a4100;--low:#0a4b6e;--l0:#eef4fb;--l1:#d6e6f7;--l2:#f7ecc8;--l3:#f9d3b0;--l4:#f5b8b8;--ink:#1b1f24}
@media (prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--soft:#9da7b1;--line:#3d444d;--card:#161b22;--link:#79b8ff;--high:#ff9492;--medium:#f0b72f;--low:#8ecbff;--l0:#10243a;--l1:#14375c;--l2:#4b3f10;--l3:#5c3310;--l4:#6b1f24;--ink:#e6edf3}}
*{box-sizing:border-box}[hidden]{display:none!important}
body{margin:0 auto;padding:1rem;max-width:76rem;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;margin:.2rem 0}h2{font-size:1.25rem;margin:2.2rem 0 .5rem;border-bottom:1px solid var(--line)}h3{font-size:1rem;margin:1rem 0 .3rem}
a{color:var(--link)}a:focus-visible,button:focus-visible,summary:focus-visible,input:focus-visible,select:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.soft{color:var(--soft)}.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--bg);padding:.5rem}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:.7rem;padding:0;list-style:none}
.numbers a{display:block;height:100%;padding:.7rem;border:1px solid var(--line);border-radius:8px;background:var(--card);color:var(--fg);text-decoration:none}
.numbers b{display:block;font-size:1.7rem;line-height:1.2}
.wide{overflow:auto;max-width:100%;border:1px solid var(--line);border-radius:6px}
.tall{max-height:44rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{padding:.3rem .5rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{background:var(--card);position:sticky;top:0}
code,pre{font:13px/1.45 ui-monospace,monospace;overflow-wrap:anywhere}pre{white-space:pre-wrap;background:var(--card);padding:.6rem;border-radius:6px;margin:.4rem 0}
.arn{overflow-wrap:anywhere}td.arn{overflow-wrap:break-word;min-width:11rem}.outside td{overflow-wrap:anywhere;min-width:5rem}.outside td:nth-child(4){min-width:10rem}.outside td.arn{min-width:11rem}
.high{color:var(--high);font-weight:600}.medium{color:var(--medium);font-weight:600}.low{color:var(--low);font-weight:600}
details{margin:.25rem 0}summary{cursor:pointer;overflow-wrap:anywhere}
.heat th.service{writing-mode:vertical-rl;transform:rotate(180deg);height:9rem;white-space:nowrap;font-weight:400}
.heat td{padding:0;text-align:center}.heat td button{width:100%;min-width:1.8rem;height:1.8rem;border:0;font:600 13px system-ui,sans-serif;color:var(--ink);cursor:pointer}
.heat th[scope=row]{font-weight:400;overflow-wrap:anywhere;min-width:13rem;position:sticky;left:0;background:var(--bg)}
.l0{background:var(--l0)}.l1{background:var(--l1)}.l2{background:var(--l2)}.l3{background:var(--l3)}.l4{background:var(--l4)}
.legend span{display:inline-block;padding:0 .5rem;margin:0 .4rem .3rem 0;color:var(--ink);border:1px solid var(--line)}
svg{display:block;font:12px system-ui,sans-serif}svg text{pointer-events:none}svg a:hover path,svg a:focus-visible path{stroke:var(--link);stroke-width:3}svg a:focus-visible{outline:3px solid var(--link)}:target{outline:3px solid var(--link);outline-offset:2px}
.filter{display:flex;flex-wrap:wrap;gap:.6rem;margin:.5rem 0}.filter input,.filter select{font:inherit;padding:.3rem .5rem;background:var(--bg);color:var(--fg);border:1px solid var(--soft);border-radius:6px;max-width:100%}
dialog{max-width:min(46rem,94vw);background:var(--bg);color:var(--fg);border:1px solid var(--soft);border-radius:8px}
dialog button{font:inherit;padding:.3rem .8rem}
@media (max-width:600px){body{padding:.7rem}h1{font-size:1.3rem}th,td{padding:.25rem .35rem}.findings thead{display:none}.findings,.findings tbody,.findings td,.findings tr{display:block;overflow-wrap:anywhere}.findings td{border:0}.findings tr{border-bottom:1px solid var(--line);padding:.4rem 0}}
@media print{:root{color-scheme:light;--bg:#fff;--fg:#000;--soft:#444;--line:#999;--card:#fff;--link:#000;--high:#000;--medium:#000;--low:#000;--l0:#fff;--l1:#f2f2f2;--l2:#e6e6e6;--l3:#d6d6d6;--l4:#c2c2c2;--ink:#000}body{max-width:none;font-size:11pt}.filter,.skip,dialog{display:none}.wide,.tall{overflow:visible;max-height:none;border:0}tr,summary{break-inside:avoid}h2{break-after:avoid}svg{max-width:100%;height:auto}table{table-layout:fixed;font-size:9pt}td,td.arn,th{overflow-wrap:anywhere;min-width:0}thead th{position:static}.findings th:nth-child(1){width:5rem}.findings th:nth-child(2){width:18%}.findings th:nth-child(3){width:32%}.heat{font-size:7pt}.heat thead th:first-child{width:27%}.heat th[scope=row]{position:static;min-width:0}.heat td button{min-width:0;height:1.3rem;font-size:7pt}}
`;
