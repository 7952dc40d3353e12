extension HTMLReport {
    /// The page's program.
    ///
    /// Text gets in by `textContent` and attributes only, never as markup.
    static let script = scriptBase + scriptOverview + scriptScenario + scriptLanes + scriptTabs + scriptStart

    static let scriptBase = #"""
        'use strict';
        const page = JSON.parse(document.getElementById('data').textContent);
        const byName = new Map(page.cases.map(c => [c.name, c]));
        const words = { passed: 'passed', failed: 'failed', broken: 'broken', flaky: 'flaky', skipped: 'skipped' };
        const rank = { failed: 0, broken: 1, flaky: 2, skipped: 3, passed: 4 };
        function h(tag, attributes, ...children) {
          const node = document.createElement(tag);
          fill(node, attributes, children);
          return node;
        }
        function g(tag, attributes, ...children) {
          const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
          fill(node, attributes, children);
          return node;
        }
        function fill(node, attributes, children) {
          for (const [name, value] of Object.entries(attributes || {})) {
            if (value === null || value === undefined || value === false) continue;
            if (name === 'onclick' || name === 'oninput' || name === 'onkeydown' || name === 'onchange') node[name] = value;
            else node.setAttribute(name, value === true ? '' : value);
          }
          for (const child of children.flat(9)) {
            if (child === null || child === undefined || child === false) continue;
            node.append(typeof child === 'object' ? child : document.createTextNode(String(child)));
          }
        }
        const seconds = s => s >= 100 ? Math.round(s) + ' s' : s >= 1 ? s.toFixed(2) + ' s' : Math.round(s * 1000) + ' ms';
        const hash = name => '#s=' + encodeURIComponent(name);
        const badge = verdict => h('span', { class: 'badge ' + verdict }, words[verdict] || verdict);

        """#

    private static let scriptOverview = #"""
        function headline() {
          const t = page.totals, total = page.cases.length, bad = t.failed + t.broken;
          const text = bad ? bad + ' of ' + total + (total === 1 ? ' scenario' : ' scenarios') + ' did not pass' :
            total === 1 ? 'The scenario passed' : 'All ' + (total - t.skipped) + ' scenarios passed';
          document.title = text + ' - mirox-rig';
          const parts = ['failed', 'broken', 'flaky', 'passed', 'skipped'].filter(k => t[k]);
          const bar = h('div', { class: 'bar', role: 'img', 'aria-label': parts.map(k => t[k] + ' ' + k).join(', ') });
          for (const k of parts) { const s = h('span', { class: 'fill-' + k }); s.style.flex = t[k]; bar.append(s); }
          return h('header', { class: 'top' },
            h('div', { class: 'headline' }, h('h1', {}, h('a', { href: '#' }, text)),
              h('div', { class: 'meta' }, h('span', {}, page.startedAt.replace('T', ' ').replace(/\..*Z$|Z$/, ' UTC')), h('span', {}, seconds(page.seconds)),
                h('span', {}, 'seed ', h('code', {}, page.seed)), page.shards.length ? h('span', {}, page.shards.length + ' shards') : null,
                h('span', {}, page.version.replace(/[0-9a-f]{13,}/, x => x.slice(0, 10))))), bar);
        }
        function entry(c) {
          return h('li', {}, h('a', { href: hash(c.name), 'data-name': c.name },
            h('span', { class: 'dot fill-' + c.verdict, role: 'img', 'aria-label': c.verdict }), h('span', {}, c.name),
            h('span', { class: 'time' }, c.verdict === 'skipped' ? 'skipped' : seconds(c.seconds))));
        }
        function tree() {
          const list = h('div', {});
          const draw = filter => {
            const wanted = page.cases.filter(c => !filter || (c.name + ' ' + c.title + ' ' + c.tags.join(' ')).toLowerCase().includes(filter));
            const bad = wanted.filter(c => c.verdict !== 'passed' && c.verdict !== 'skipped').sort((a, b) => rank[a.verdict] - rank[b.verdict] || (a.name < b.name ? -1 : 1));
            const folders = new Map();
            for (const c of wanted) {
              const folder = c.file.includes('/') ? c.file.slice(0, c.file.lastIndexOf('/')) : '.';
              if (!folders.has(folder)) folders.set(folder, []);
              folders.get(folder).push(c);
            }
            list.replaceChildren();
            if (bad.length) list.append(h('h2', {}, 'Look here first'), h('ul', {}, bad.map(entry)));
            for (const folder of [...folders.keys()].sort()) {
              const own = folders.get(folder).sort((a, b) => rank[a.verdict] - rank[b.verdict] || (a.name < b.name ? -1 : 1));
              list.append(h('details', { open: !!filter || page.cases.length <= 40 || own.some(c => c.verdict === 'failed') },
                h('summary', {}, folder, ' ', h('span', { class: 'count' }, '(' + own.length + ')')), h('ul', {}, own.map(entry))));
            }
            if (!wanted.length) list.append(h('p', { class: 'empty' }, 'No scenario of that name.'));
            mark();
          };
          const input = h('input', { type: 'search', placeholder: 'Find a scenario', 'aria-label': 'Find a scenario', oninput: e => draw(e.target.value.trim().toLowerCase()) });
          const nav = h('nav', { class: 'tree', 'aria-label': 'Scenarios' }, input, list);
          setTimeout(() => draw(''));
          return nav;
        }
        function mark() {
          const name = current();
          for (const a of document.querySelectorAll('nav.tree a')) {
            if (a.dataset.name === name) a.setAttribute('aria-current', 'page'); else a.removeAttribute('aria-current');
          }
        }
        function overview() {
          const t = page.totals;
          const cards = ['passed', 'failed', 'broken', 'flaky', 'skipped'].filter(k => t[k] || k === 'passed' || k === 'failed')
            .map(k => h('div', { class: 'total' }, h('b', { class: 'ink-' + k }, t[k]), h('span', {}, k)));
          const bad = page.cases.filter(c => c.failure).sort((a, b) => rank[a.verdict] - rank[b.verdict]);
          const slow = page.cases.filter(c => c.verdict !== 'skipped').sort((a, b) => b.seconds - a.seconds).slice(0, 8);
          return [h('div', { class: 'totals' }, cards),
            bad.length ? h('section', { class: 'card' }, h('h2', {}, 'What did not pass'), h('div', { class: 'scroll' }, h('table', {},
              h('thead', {}, h('tr', {}, ['', 'Scenario', 'Was to be so', 'What happened'].map(heading))),
              h('tbody', {}, bad.map(c => h('tr', {}, h('td', {}, badge(c.verdict)), h('td', {}, h('a', { href: hash(c.name) }, c.name)),
                h('td', {}, c.failure.sentence), h('td', {}, c.failure.what))))))) : null,
            matrix(),
            h('section', { class: 'card' }, h('h2', {}, 'Where the time went'), h('table', {}, h('tbody', {}, slow.map(c =>
              h('tr', {}, h('td', {}, h('a', { href: hash(c.name) }, c.name)), h('td', {}, c.title), h('td', {}, seconds(c.seconds))))))),
            page.notes.map(n => h('p', { class: 'hint' }, n))];
        }
        function matrix() {
          const known = new Map(page.requirements.map(r => [r.name, r]));
          const items = [];
          for (let n = 1; n <= 90; n++) {
            const r = known.get('R' + n);
            items.push(r ? h('li', { class: r.verdict, title: r.name + ' ' + r.verdict + ': ' + r.instances.join(', ') },
              h('a', { href: hash(r.instances[0]), 'aria-label': r.name + ' ' + r.verdict }, r.name)) : h('li', { class: 'open', title: 'R' + n + ': no step of this run covers it' }, 'R' + n));
          }
          return h('section', { class: 'card' }, h('h2', {}, 'Requirements'), h('ul', { class: 'matrix' }, items),
            h('p', { class: 'hint' }, page.requirements.length + ' of 90 requirements are covered by a step of this run; a dashed one by none.'));
        }

        """#

    private static let scriptScenario = #"""
        function scenario(c) {
          const head = h('div', { class: 'title' }, badge(c.verdict), h('h1', { tabindex: '-1', id: 'subject' }, c.title || c.name),
            h('div', { class: 'meta' }, h('span', { class: 'mono' }, c.name), h('span', { class: 'mono' }, c.file), h('span', {}, seconds(c.seconds)),
              c.attempts > 1 ? h('span', {}, c.attempts + ' attempts') : null, c.tags.map(t => h('span', { class: 'badge tag' }, t))));
          return [head, c.failure ? failure(c) : null, c.steps.length ? steps(c) : null,
            c.failure && (c.packets.length || c.changes.length) ? lanes(c) : null, c.failure ? tabs(c) : null,
            !c.failure && c.attachments.length ? h('section', { class: 'card' }, h('h2', {}, 'Attachments'), attachments(c)) : null,
            c.verdict === 'skipped' ? h('p', { class: 'card empty' }, 'It was never begun.') : null];
        }
        function failure(c) {
          const f = c.failure;
          let isMarked = false;
          const hops = f.hops.map((hop, i) => {
            const same = hop.expected === hop.actual, first = !same && !isMarked;
            if (!same) isMarked = true;
            return h('tr', { class: first ? 'differs' : null }, h('td', {}, i + 1), h('td', {}, hop.node), h('td', { class: 'mono' }, hop.expected),
              h('td', { class: 'mono' }, same ? 'same' : hop.actual || '(never came here)'), h('td', { class: 'mark' }, first ? 'first difference' : ''));
          });
          const rows = f.table.map(row => h('tr', { class: row.difference ? 'differs' : null }, h('td', { class: 'mono' }, row.expected),
            h('td', { class: 'mono' }, row.observed), h('td', { class: 'mark' }, row.difference)));
          return h('section', { class: 'card failure ' + f.verdict, 'aria-label': 'What did not pass' },
            f.step ? h('p', { class: 'step' }, f.step + ', ' + f.place, f.name ? ': ' + f.name : '') : null,
            h('p', { class: 'sentence' }, f.sentence), h('p', { class: 'what' }, f.what),
            rows.length ? table(['Expected', 'Observed', 'Difference'], rows) : null,
            hops.length ? table(['', 'Hop', 'Expected', 'Actual', ''], hops) : null,
            h('div', { class: 'rerun' }, h('code', { id: 'rerun', tabindex: '0' }, f.rerun), h('button', { onclick: copy }, 'Copy')));
        }
        function heading(text) {
          return text ? h('th', { scope: 'col', class: text === 'Scenario' ? 'name' : null }, text) : h('td', {});
        }
        function table(heads, rows) {
          return h('div', { class: 'scroll' }, h('table', {}, h('thead', {}, h('tr', {}, heads.map(heading))), h('tbody', {}, rows)));
        }
        function copy(event) {
          const button = event.target, code = document.getElementById('rerun');
          const range = document.createRange();
          range.selectNodeContents(code);
          getSelection().removeAllRanges();
          getSelection().addRange(range);
          const done = () => { button.textContent = 'Copied'; setTimeout(() => { button.textContent = 'Copy'; }, 1500); };
          if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(done, () => {});
        }
        function steps(c) {
          const end = Math.max(0.001, ...c.steps.map(s => s.at + s.seconds));
          const begin = Math.min(...c.steps.map(s => s.at));
          return h('section', { class: 'card' }, h('h2', {}, 'Steps'), h('ol', { class: 'steps' }, c.steps.map(s => {
            const span = h('span', {});
            span.style.left = 100 * (s.at - begin) / (end - begin || 1) + '%';
            span.style.width = Math.min(100, 100 * s.seconds / (end - begin || 1)) + '%';
            return h('li', { class: s.verdict }, h('span', { class: 'label' }, s.label),
              h('span', { class: 'text' }, s.sentence, s.covers.map(r => [' ', h('span', { class: 'badge tag' }, r)]), s.notes.map(n => h('div', { class: 'note' }, n))),
              h('span', { class: 'track', 'aria-hidden': 'true' }, span), h('span', { class: 'time' }, seconds(s.seconds)));
          })));
        }

        """#
}
