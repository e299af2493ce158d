import Platform

/// A page that needs nothing but itself: no request leaves it, and text stays text.
package enum HTMLPage {
  /// The page around a body that is markup already.
  package static func text(title: String, body: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
    style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
    <title>\(Markup.escaped(title))</title>
    <style>
    \(style)
    </style>
    </head>
    <body>
    <a class="skip" href="#content">to the content</a>
    \(body)
    <script>
    \(script)
    </script>
    </body>
    </html>

    """
  }

  /// A heading, how it is, and the buttons.
  package static func header(_ title: String, badge: String, isGood: Bool, hasDetails: Bool)
    -> String
  {
    let all =
      hasDetails
      ? "<button id=\"all\" type=\"button\" aria-pressed=\"false\">Open all</button>\n" : ""
    return """
      <header>
      <h1>\(escape(title))</h1>
      <span class="badge \(isGood ? "good" : "bad")">\(escape(badge))</span>
      <button id="theme" type="button" aria-pressed="false">Dark or light</button>
      \(all)</header>

      """
  }

  /// For a page with parts to be opened.
  package static let footer = """
    <footer><span class="keys">Keys: <kbd>j</kbd> and <kbd>k</kbd> go from one to the next,
    <kbd>Enter</kbd> opens it.</span> Made by mtor.</footer>
    """

  /// For a page without them.
  package static let plainFooter = "<footer>Made by mtor.</footer>\n"

  /// Text that stays text, with what cannot be seen as escapes.
  package static func escape(_ text: String) -> String { Markup.escaped(Printable.escaped(text)) }

  /// The class of the style sheet for a meaning.
  package static func name(_ meaning: Style.Meaning) -> String {
    switch meaning {
    case .good, .added: "good"
    case .bad, .removed: "bad"
    case .odd: "odd"
    case .news, .place: "news"
    case .faint, .strong: "faint"
    }
  }

  /// Paper is light, whatever the screen is.
  private static let style = """
    :root{color-scheme:light;--bg:#fbfbf9;--card:#fff;--text:#1d2021;
    --faint:#5c6368;--line:#dcddd8;--edge:#7d848a;--good:#0b6b33;--bad:#b3261e;--odd:#8a5a00;
    --news:#0b5f8a;--code:#f3f3ef}
    @media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){
    color-scheme:dark;--bg:#16181a;--card:#1e2124;--text:#e8e6e1;
    --faint:#a3a9ae;--line:#34393d;--edge:#757d84;--good:#7fd49a;--bad:#ff9b93;--odd:#f0c674;
    --news:#8ecbf0;--code:#121416}}
    @media screen{:root[data-theme=dark]{color-scheme:dark;--bg:#16181a;--card:#1e2124;--text:#e8e6e1;
    --faint:#a3a9ae;--line:#34393d;--edge:#757d84;--good:#7fd49a;--bad:#ff9b93;--odd:#f0c674;
    --news:#8ecbf0;--code:#121416}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 system-ui,sans-serif;
    overflow-wrap:anywhere}
    main,header,footer{max-width:64rem;margin:0 auto;padding:0 1.25rem}
    header{padding-top:2rem;display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:baseline}
    h1{font-size:1.6rem;line-height:1.25;margin:0;flex:1 1 16rem}
    h2{font-size:1.1rem;margin:2rem 0 .5rem}
    .skip,.hidden{position:absolute;left:-99rem}
    .skip:focus{left:1rem;top:1rem;padding:.2rem .6rem;background:var(--card)}
    a{color:inherit}.next a{color:var(--news)}
    .badge{font-weight:600;padding:.1rem .7rem;border:2px solid;border-radius:1rem}
    .good{color:var(--good)}.bad{color:var(--bad)}.odd{color:var(--odd)}.news{color:var(--news)}
    .faint{color:var(--faint)}
    .facts{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:1rem 0}
    .facts dt{color:var(--faint)}.facts dd{margin:0}
    .notices{padding-left:1.2rem}.notices li{margin:.15rem 0}
    .next{border-left:4px solid var(--bad);padding:.6rem 1rem;background:var(--card)}
    .inner .next{background:var(--code)}
    details,.card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;
    margin:.4rem 0}
    summary{cursor:pointer;padding:.5rem .8rem;display:flex;gap:0 .6rem;flex-wrap:wrap}
    summary::-webkit-details-marker{display:none}
    summary::before{content:"▸";color:var(--faint);width:.8em}
    [open]>summary::before{content:"▾"}
    summary .name{font-weight:600}summary .what{color:var(--faint);flex:1 1 12rem}
    :focus-visible{outline:3px solid var(--news);outline-offset:2px}main:focus{outline:0}
    .inner{padding:0 .8rem .8rem}
    code,kbd,pre{font-family:ui-monospace,monospace}code,kbd{font-size:.9em}
    pre{background:var(--code);padding:.7rem;border-radius:.4rem;overflow:auto;max-height:32rem;
    font-size:13px;line-height:1.45;white-space:pre-wrap;margin:.4rem 0}
    pre.code{white-space:pre;overflow-wrap:normal}
    h3{font-size:1rem;margin:.6rem 0 .2rem}
    details.diff{border-style:dashed}.wide{overflow-x:auto}
    table.diff{font:13px/1.45 ui-monospace,monospace;table-layout:fixed}
    table.diff col.n{width:3.5rem}
    table.diff td{border:0;padding:0 .5rem;white-space:pre-wrap}
    table.diff td.n{color:var(--faint);white-space:pre;user-select:none}
    table.diff td.none{background:var(--code)}
    table.diff tr.gap td{text-align:center;color:var(--faint)}
    td.minus{background:color-mix(in srgb,var(--bad) 14%,transparent)}
    td.plus{background:color-mix(in srgb,var(--good) 14%,transparent)}
    del,ins{text-decoration:none}
    td.minus::before{content:"− ";color:var(--bad)}td.plus::before{content:"+ ";color:var(--good)}
    table{border-collapse:collapse;width:100%}caption{text-align:left;color:var(--faint)}
    th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--line);
    vertical-align:top}
    th{color:var(--faint);font-weight:500}td.n,th.n{text-align:right}
    td:last-child,th:last-child{padding-right:0}
    td.n,th.n,.k{white-space:nowrap;width:1%}
    table.bars th{width:32%;color:inherit;font-weight:400}table.bars tr.in th{padding-left:1.2rem;
    color:var(--faint);font-size:.85em}table.bars tr.in td{font-size:.85em;color:var(--faint)}
    .bar,.strip{position:relative;overflow:hidden;height:.8rem;margin-top:.35rem;min-width:4rem;
    background:var(--code);border-radius:.2rem}
    .in .bar{height:.4rem}.strip{height:1.4rem;margin:.4rem 0;border:1px solid var(--line)}
    .bar i,.strip i{position:absolute;top:0;bottom:0;background:currentColor;border-radius:.1rem;
    min-width:3px}
    .bar.money{height:.25rem;margin-top:.1rem}
    .key::before{content:"";display:inline-block;width:.8em;height:.8em;margin-right:.35em;
    background:currentColor}
    .key span{color:var(--text)}
    button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--edge);
    border-radius:.4rem;padding:.2rem .7rem;cursor:pointer}
    footer{padding:2rem 1.25rem;color:var(--faint)}
    .strip .bad{min-width:6px}
    @media(max-width:40rem){table.steps,table.bars,table.steps tbody,table.bars tbody{display:block}
    table.steps tr{display:block;border-bottom:1px solid var(--line)}
    table.steps td,table.steps th{display:inline-block;border:0;padding:.1rem .6rem .1rem 0;width:auto}
    table.steps td:last-child{display:block}
    table.bars tr{display:grid;grid-template-columns:minmax(7rem,1fr) auto;gap:0 .8rem;align-items:center;
    border-bottom:1px solid var(--line);padding:.2rem 0}
    table.bars th{grid-column:1/3;border:0;padding:0;width:auto}
    table.bars td{border:0;padding:0;width:auto;white-space:normal}.bar{margin-top:0}
    table.attempts{min-width:34rem}}
    @media print{body{font-size:10pt}button,.skip,.keys{display:none}pre{max-height:none}
    summary{break-after:avoid}tr,.next{break-inside:avoid}
    *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
    """

  /// Dark or light, all open or closed, and j and k from one step to the next.
  private static let script = """
    (function(){
    var root=document.documentElement;
    var theme=document.getElementById('theme');
    if(theme)theme.addEventListener('click',function(){
      var dark=root.dataset.theme?root.dataset.theme==='dark'
        :matchMedia('(prefers-color-scheme:dark)').matches;
      root.dataset.theme=dark?'light':'dark';
      theme.setAttribute('aria-pressed',String(!dark));
    });
    var all=document.getElementById('all');
    if(all)all.addEventListener('click',function(){
      var open=all.getAttribute('aria-pressed')!=='true';
      document.querySelectorAll('details').forEach(function(d){d.open=open});
      all.setAttribute('aria-pressed',String(open));
      all.textContent=open?'Close all':'Open all';
    });
    document.addEventListener('keydown',function(e){
      if(e.ctrlKey||e.altKey||e.metaKey||(e.key!=='j'&&e.key!=='k'))return;
      var list=[].slice.call(document.querySelectorAll('details.step>summary'));
      var at=list.indexOf(document.activeElement);
      var to=e.key==='j'?Math.min(at+1,list.length-1):Math.max(at-1,0);
      if(list[to])list[to].focus();
    });
    function go(){
      var step=location.hash.length>1&&document.getElementById(location.hash.slice(1));
      if(!step||step.tagName!=='DETAILS')return;
      step.open=true;
      step.firstElementChild.focus();
    }
    window.addEventListener('hashchange',go);
    // A place that the address names already is gone to again: the event above is silent then.
    document.querySelectorAll('a[href^="#"]').forEach(function(a){
      a.addEventListener('click',function(e){
        var step=document.getElementById(a.hash.slice(1));
        if(!step||step.tagName!=='DETAILS'||e.ctrlKey||e.metaKey||e.shiftKey)return;
        e.preventDefault();
        if(location.hash!==a.hash)history.pushState(null,'',a.hash);
        go();
      });
    });
    go();
    // What went wrong stands at the end of an output.
    function end(){this.querySelectorAll('pre').forEach(function(p){p.scrollTop=p.scrollHeight})}
    document.querySelectorAll('details').forEach(function(d){
      if(d.open)end.call(d);
      d.addEventListener('toggle',end);
    });
    var closed=[];
    window.addEventListener('beforeprint',function(){
      closed=[].slice.call(document.querySelectorAll('details:not([open])'));
      closed.forEach(function(d){d.open=true});
    });
    window.addEventListener('afterprint',function(){
      closed.forEach(function(d){d.open=false});
    });
    })();
    """
}
