extension HTMLReport {
    /// One lane a node, one time axis, packets as arrows.
    static let scriptLanes = #"""
        const rowHeight = 48, topHeight = 56;
        function laneOf(node) { return node.endsWith('/agent') ? node.slice(0, -6) : node; }
        function laneNames(c) {
          const laptops = new Set(), plants = new Set(), others = new Set();
          for (const n of c.changes) {
            const lane = laneOf(n.node);
            if (lane === 'gateway' || lane === 'control-plane') continue;
            if (n.node.endsWith('/agent')) plants.add(lane); else if (lane.includes('/')) laptops.add(lane); else others.add(lane);
          }
          const owner = new Map();
          for (const l of [...laptops].sort()) if (!owner.has(l.split('/')[0])) owner.set(l.split('/')[0], l);
          for (const p of c.packets) {
            if (p.person && !owner.has(p.person)) { owner.set(p.person, p.person); laptops.add(p.person); }
            if (p.plant) plants.add(p.plant);
          }
          others.delete('laptops'); others.delete('plants');
          return { owner, names: [...[...laptops].sort(), 'gateway', ...[...plants].sort(), ...[...others].sort(), 'control-plane'] };
        }
        function lanes(c) {
          const { owner, names } = laneNames(c);
          const row = new Map(names.map((n, i) => [n, topHeight + rowHeight * i + rowHeight / 2]));
          const times = [...c.steps.flatMap(s => [s.at, s.at + s.seconds]), ...c.packets.map(p => p.at)];
          const whole = [Math.min(...times), Math.max(...times) || 1];
          const bad = c.steps.find(s => s.verdict !== 'passed');
          const near = bad ? [Math.max(whole[0], bad.at - 0.15), Math.min(whole[1], bad.at + bad.seconds + 0.1)] : whole;
          const canvas = h('div', { class: 'canvas', tabindex: '0', role: 'region', 'aria-label': 'Packets in time; the Log tab holds the same as text' });
          const state = { range: whole, zoom: 1 };
          const draw = () => canvas.replaceChildren(picture(c, names, row, owner, state, canvas.clientWidth || 900));
          const choice = h('select', { 'aria-label': 'Which part', onchange: e => { state.range = e.target.value === 'near' ? near : whole; draw(); } },
            h('option', { value: 'whole' }, 'whole scenario'), bad ? h('option', { value: 'near' }, 'the step that did not pass') : null);
          const zoom = h('select', { 'aria-label': 'Zoom', onchange: e => { state.zoom = Number(e.target.value); draw(); } },
            [1, 2, 5, 10, 30].map(z => h('option', { value: z }, z + ' ×')));
          const key = (k, text) => h('span', { class: 'key' }, h('i', { class: k }), text);
          setTimeout(draw);
          onresize = draw;
          return h('section', { class: 'card' }, h('h2', {}, 'What went where'),
            h('div', { class: 'tools' }, choice, zoom, key('k-up', 'to the plant'), key('k-down', 'answer'), key('k-refused', 'refused'), key('k-dropped', 'dropped'), key('k-event', 'change')),
            h('div', { class: 'lanes' }, h('div', { class: 'names' }, names.map(n => h('div', {}, n))), canvas));
        }
        function picture(c, names, row, owner, state, room) {
          const width = Math.max(300, (room - 8) * state.zoom), [from, to] = state.range;
          const span = (to - from) || 1, pad = 12;
          const x = t => pad + (width - 2 * pad) * (t - from) / span;
          const shows = t => t >= from - 1e-6 && t <= to + 1e-6;
          const height = topHeight + rowHeight * names.length + 8;
          const svg = g('svg', { width, height, viewBox: '0 0 ' + width + ' ' + height, role: 'img', 'aria-label': c.packets.length + ' packets between ' + names.join(', ') });
          const wanted = Math.max(2, Math.floor(width / 110));
          const raw = span / wanted, power = Math.pow(10, Math.floor(Math.log10(raw)));
          const tick = [1, 2, 5, 10].map(m => m * power).find(m => m >= raw);
          for (let t = Math.ceil(from / tick) * tick; t <= to; t += tick) {
            svg.append(g('line', { class: 'grid', x1: x(t), x2: x(t), y1: 20, y2: height }), g('text', { x: x(t) + 3, y: 14 }, (Math.round(t * 1000) / 1000) + ' s'));
          }
          c.steps.forEach((s, i) => {
            const a = Math.max(from, s.at), b = Math.min(to, s.at + s.seconds);
            if (b < a) return;
            const kind = s.verdict === 'passed' ? (i % 2 ? 'odd' : '') : s.verdict;
            const w = Math.max(2, x(b) - x(a));
            svg.append(g('g', {}, g('title', {}, s.label + ': ' + s.sentence), g('rect', { class: 'band ' + kind, x: x(a), y: 24, width: w, height: s.verdict === 'passed' ? 22 : height - 30, rx: 3 }),
              w > 18 ? g('text', { class: 'band-text ' + kind, x: x(a) + 4, y: 39 }, s.label.replace(/^step /, '').replace(/\/.*/, '').replace('setup ', 'set ')) : null));
          });
          for (const name of names) svg.append(g('line', { class: 'lane', x1: 0, x2: width, y1: row.get(name), y2: row.get(name) }));
          for (const p of c.packets) if (shows(p.at)) arrow(svg, p, x(p.at), row, owner);
          for (const n of c.changes) {
            const y = row.get(laneOf(n.node));
            if (y === undefined || !shows(n.at)) continue;
            svg.append(g('g', {}, g('title', {}, seconds(n.at) + ' ' + n.node + ': ' + n.text), g('circle', { class: 'event', cx: x(n.at), cy: y, r: 4.5 })));
          }
          return svg;
        }
        function arrow(svg, p, x, row, owner) {
          const person = row.get(owner.get(p.person)), gateway = row.get('gateway'), plant = row.get(p.plant);
          const kind = p.meaning === 'gateway' ? 'up' : p.forwarded ? (p.up ? 'up' : 'down') : p.up ? (/refused/.test(p.meaning) ? 'refused' : 'dropped') : 'dropped';
          const group = g('g', {}, g('title', {}, seconds(p.at) + ' ' + p.text));
          const line = (a, b, ends) => {
            if (a === undefined || b === undefined) return;
            const way = Math.sign(b - a), tip = b - way * 3;
            group.append(g('path', { class: 'packet ' + kind, d: 'M' + x + ' ' + a + 'L' + x + ' ' + (ends === 'cross' ? b - way * 7 : tip) }));
            if (ends === 'cross') group.append(g('path', { class: 'packet ' + kind, d: 'M' + (x - 4) + ' ' + (b - way * 11) + 'l8 8m0 -8l-8 8' }));
            else group.append(g('path', { class: 'head-' + kind, d: 'M' + x + ' ' + tip + 'l-3.2 ' + (-way * 6) + 'h6.4z' }));
          };
          if (p.up) { if (p.forwarded) { line(person, gateway); line(gateway, plant); } else if (p.meaning === 'gateway') line(person, gateway); else line(person, gateway, 'cross'); }
          else if (p.forwarded) { line(plant, gateway); line(gateway, person); } else line(plant, gateway, 'cross');
          svg.append(group);
        }

        """#

    static let scriptTabs = #"""
        function tabs(c) {
          const all = [['Why', why(c)], ['Routes', routes(c)], ['Log', log(c)], ['Source', source(c)], ['Attachments', attachments(c)]];
          const panels = all.map(([name, content], i) => h('div', { role: 'tabpanel', id: 'panel-' + i, 'aria-labelledby': 'tab-' + i, hidden: i > 0, tabindex: '0' }, content));
          const buttons = all.map(([name], i) => h('button', { role: 'tab', id: 'tab-' + i, 'aria-controls': 'panel-' + i, 'aria-selected': i === 0 ? 'true' : 'false', tabindex: i === 0 ? '0' : '-1',
            onclick: () => select(i), onkeydown: e => {
              const way = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
              const next = e.key === 'Home' ? 0 : e.key === 'End' ? all.length - 1 : way ? (i + way + all.length) % all.length : null;
              if (next !== null) { e.preventDefault(); select(next); buttons[next].focus(); }
            } }, name));
          const select = i => buttons.forEach((b, j) => {
            b.setAttribute('aria-selected', i === j ? 'true' : 'false');
            b.tabIndex = i === j ? 0 : -1;
            panels[j].hidden = i !== j;
          });
          return h('section', { class: 'card' }, h('div', { role: 'tablist', 'aria-label': 'Evidence' }, buttons), panels);
        }
        function why(c) {
          const f = c.failure;
          return h('div', { class: 'why' }, f.why.length ? h('ul', {}, f.why.map(w => h('li', { class: 'mono' }, w))) : h('p', { class: 'empty' }, 'The lab had no record about it.'),
            f.lastChanges.length ? [h('h3', {}, 'The last things that changed'), h('ul', {}, f.lastChanges.map(w => h('li', { class: 'mono' }, w)))] : null);
        }
        function routes(c) {
          const tables = c.failure.tables;
          if (!tables.length) return h('p', { class: 'empty' }, 'The step was about nobody’s routes.');
          return tables.map(t => [h('h3', {}, t.person), table(['Plant', 'Subnet', 'Status', 'Role', 'Reason', 'Pending'], t.rows.map(r =>
            h('tr', {}, [r.plant, r.subnet, r.status, r.role, r.reason, r.pending].map(v => h('td', {}, v || '')))))]);
        }
        function log(c) {
          const lines = [...c.changes.map(n => [n.at, n.node, n.text]), ...c.packets.map(p => [p.at, 'packet', p.text]), ...c.steps.map(s => [s.at, s.label, s.sentence])]
            .sort((a, b) => a[0] - b[0]);
          return [c.lost ? h('p', { class: 'hint' }, c.lost + ' older lines were dropped.') : null,
            table(['Time', 'Where', 'What'], lines.map(l => h('tr', {}, h('td', { class: 'mono' }, l[0].toFixed(3)), h('td', {}, l[1]), h('td', {}, l[2]))))];
        }
        function source(c) {
          const text = page.sources[c.file];
          if (!text) return h('p', { class: 'empty' }, 'The file was not at hand.');
          const here = c.failure.line;
          const rows = text.split('\n').map((line, i) => h('span', { class: i + 1 === here ? 'row here' : 'row' }, h('span', { class: 'number' }, i + 1), line || ' '));
          return h('pre', { class: 'source' }, rows);
        }
        function attachments(c) {
          if (!c.attachments.length) return h('p', { class: 'empty' }, 'Nothing was captured; rerun with --capture on.');
          return h('ul', { class: 'why' }, c.attachments.map(a => h('li', {}, h('a', a.content ? { href: 'data:' + a.type + ';base64,' + a.content, download: a.name } : { href: a.path.split('/').map(encodeURIComponent).join('/') }, a.name),
            ' ', h('span', { class: 'hint' }, a.bytes + ' bytes' + (a.content ? '' : ', beside this file')))));
        }

        """#

    static let scriptStart = #"""
        function current() {
          if (!location.hash.startsWith('#s=')) return null;
          try { return decodeURIComponent(location.hash.slice(3)); } catch { return null; }
        }
        function show() {
          const c = byName.get(current());
          onresize = null;
          const main = document.getElementById('main');
          main.replaceChildren(...[c ? scenario(c) : overview()].flat(9).filter(x => x));
          mark();
          if (c) { scrollTo(0, 0); document.getElementById('subject').focus({ preventScroll: true }); }
        }
        document.body.replaceChildren(h('a', { class: 'skip-link', href: '#main', onclick: e => { e.preventDefault(); document.getElementById('main').focus(); } }, 'To the content'), headline(), h('div', { class: 'layout' }, tree(), h('main', { id: 'main', tabindex: '-1' })));
        onhashchange = show;
        show();
        """#
}
