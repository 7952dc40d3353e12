/// For whoever runs the rig: the fleet as a live picture, drawn in the browser from what the rig tells.
struct LabPage: Sendable {
    var page: WebPage {
        WebPage(
            title: "Lab",
            content: """
                <div class="card-head"><h1 id="lab-title">Lab</h1><p id="lab-facts" class="counts"></p></div>
                <noscript><p class="banner">The picture is drawn with JavaScript. <code>mirox-rig status</code> says the same
                in words.</p></noscript>
                <section class="card" aria-labelledby="picture-title"><h2 id="picture-title">The fleet now</h2>
                <div id="picture" class="picture scroll" tabindex="0" role="region" aria-label="Picture of the fleet"></div>
                <p class="legend"><span class="key up">tunnel up</span><span class="key idle">idle</span>
                <span class="key down">down</span><span class="hint">A moving line carries traffic.</span></p></section>
                <div class="two"><section class="card" aria-labelledby="reach-title"><h2 id="reach-title">Who reaches what</h2>
                <div id="reach"></div></section>
                <section class="card" aria-labelledby="faults-title"><h2 id="faults-title">Faults to switch</h2>
                <div id="faults"></div></section></div>
                <section class="card" aria-labelledby="decisions-title"><div class="card-head">
                <h2 id="decisions-title">Packet decisions</h2>
                <label class="check"><input type="checkbox" id="only-refused"> only what was refused</label></div>
                <div class="scroll" tabindex="0" role="region" aria-label="Table of decisions"><table class="decisions">
                <thead><tr><th scope="col" class="number">No.</th><th scope="col">Who</th><th scope="col">From</th>
                <th scope="col">To</th><th scope="col">Decision</th><th scope="col" class="number">Bytes</th></tr></thead>
                <tbody id="decisions"></tbody></table></div>
                <p class="empty" id="no-decisions">No packet yet. Try <code>mirox-rig exec</code> at a laptop.</p></section>
                """, script: "lab.js", style: "lab.css", isWide: true)
    }
}
