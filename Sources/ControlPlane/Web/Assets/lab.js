// The lab page: draws what the rig tells once a second, and tells the rig what to do.

import { call } from './api.js';
import { complain } from './dialog.js';
import { announce, listen } from './live.js';
import { morph } from './morph.js';

const SPACE = 'http://www.w3.org/2000/svg';
const ROW = 58;
const MOST_NODES = 40;

let before = new Map();

function svg(name, attributes, ...children) {
  const element = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function html(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

const short = (text, most) => text.length > most ? `${text.slice(0, most - 1)}…` : text;

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) { value /= 1000; unit += 1; }
  return `${value.toFixed(1)} ${units[unit]}`;
}

// --- The picture

function box(x, y, width, title, lines, kind) {
  return svg('g', { transform: `translate(${x} ${y})` },
    svg('rect', { class: `box ${kind}`, width, height: ROW - 12, rx: 10 }),
    svg('text', { x: 12, y: 19, 'font-weight': 600 }, short(title, 24)),
    svg('text', { x: 12, y: 36, class: 'sub' }, short(lines, 36)));
}

function link(from, to, kind, isMoving) {
  const middle = (from[0] + to[0]) / 2;
  const d = `M${from[0]} ${from[1]}C${middle} ${from[1]} ${middle} ${to[1]} ${to[0]} ${to[1]}`;
  return [svg('path', { class: `line ${kind}`, d }), svg('path', { class: `flow${isMoving ? ' moving' : ''}`, d })];
}

/** Which nodes have sent or received something since the picture before. */
function moving(picture) {
  const now = new Map();
  for (const laptop of picture.laptops) now.set(laptop.name, laptop.bytes);
  const newest = picture.decisions.at(-1)?.sequence ?? 0;
  const busy = new Set();
  for (const [name, bytes] of now) if (before.has(name) && before.get(name) !== bytes) busy.add(name);
  for (const decision of picture.decisions) {
    if (before.has('') && decision.sequence > before.get('') && decision.isForwarded && decision.plant) busy.add(decision.plant);
  }
  now.set('', newest);
  before = now;
  return busy;
}

function draw(picture) {
  const laptops = picture.laptops.slice(0, MOST_NODES);
  const plants = picture.plants.slice(0, MOST_NODES);
  const count = Math.max(laptops.length, plants.length, 3);
  const height = count * ROW + 12;
  const busy = moving(picture);
  const gateway = picture.roles.find((role) => role.name === 'gateway');
  const plane = picture.roles.find((role) => role.name === 'control-plane');
  const center = height / 2;
  const parts = [];
  const place = (index, all) => 6 + (height - all * ROW) / 2 + index * ROW;
  laptops.forEach((laptop, index) => {
    const y = place(index, laptops.length);
    parts.push(...link([240, y + 23], [430, center], laptop.tunnel, busy.has(laptop.name)));
    parts.push(box(10, y, 230, laptop.name, `${laptop.address} · tunnel ${laptop.tunnel} · ${size(laptop.bytes)}`, laptop.tunnel));
  });
  plants.forEach((plant, index) => {
    const y = place(index, plants.length);
    const kind = plant.agent === 'up' ? 'up' : 'down';
    parts.push(...link([570, center], [760, y + 23], kind, busy.has(plant.plant)));
    parts.push(box(760, y, 230, plant.plant, `${plant.subnets.join(', ')} · agent ${plant.agent}`, plant.agent));
  });
  const hub = (y, title, role) => svg('g', { transform: `translate(430 ${y})` },
    svg('rect', { class: role?.isRunning ? 'heart' : 'box down', width: 140, height: 52, rx: 12 }),
    svg('text', { x: 70, y: 24, 'text-anchor': 'middle', 'font-weight': 700 }, title),
    svg('text', { x: 70, y: 41, 'text-anchor': 'middle', class: 'sub' }, role?.isRunning ? 'running' : 'down'));
  parts.push(svg('path', { class: 'line up', d: `M500 ${center - 26}V${center - 46}` }));
  parts.push(hub(center - 98, 'control plane', plane), hub(center - 26, 'gateway', gateway));
  const more = Math.max(picture.laptops.length, picture.plants.length) - MOST_NODES;
  const up = picture.laptops.filter((laptop) => laptop.tunnel === 'up').length;
  const words = `${picture.laptops.length} laptops, ${up} with their tunnel up; ${picture.plants.length} plants, `
    + `${picture.plants.filter((plant) => plant.agent === 'up').length} with their agent up`;
  const drawing = svg('svg', { viewBox: `0 ${Math.min(0, center - 104)} 1000 ${height - Math.min(0, center - 104)}`, role: 'img', 'aria-label': words }, ...parts);
  const wanted = document.getElementById('picture').cloneNode(false);
  wanted.append(drawing);
  if (more > 0) wanted.append(html('p', { class: 'hint' }, `and ${more} more that are not drawn`));
  morph(document.getElementById('picture'), wanted);
  document.getElementById('lab-facts').textContent = `${picture.name}: ${picture.fixture}`;
}

// --- Words and switches

/**
 * Orders are carried out unasked: a button whose neighbour goes does not take its place, and meaning, under the pointer.
 * @param key what stays the same when start becomes stop
 */
const button = (label, name, order, kind = 'small', key = `${label} ${name}`) => html('button', {
  type: 'button', class: `button ${kind}`, 'data-order': JSON.stringify(order), 'aria-label': `${label} ${name}`,
  'data-key': key,
}, label);

const chip = (status) => html('span', { class: `status ${status}` }, status);

function reach(picture) {
  const wanted = html('div', { id: 'reach' });
  for (const laptop of picture.laptops) {
    const kind = { up: 'active', idle: 'conflict', down: 'unreachable' }[laptop.tunnel];
    const act = (label, verb, kind) => button(label, laptop.name, { [verb]: { laptop: laptop.name } }, kind, 'tunnel');
    const action = laptop.tunnel !== 'down' ? act('Disconnect', 'disconnect', 'small quiet')
      : laptop.hasProfile ? act('Connect', 'connect') : laptop.routes.length === 0 ? act('Issue', 'issue') : '';
    const rows = laptop.routes.slice(0, 12).map((route) => html('li', {},
      html('code', {}, route.subnet), html('span', {}, route.plant), chip(route.status)));
    if (laptop.routes.length > 12) rows.push(html('li', {}, `and ${laptop.routes.length - 12} more`));
    if (rows.length === 0) rows.push(html('li', {}, html('small', {}, 'nothing')));
    wanted.append(html('section', { class: 'reach-person', 'data-key': laptop.name },
      html('h3', {}, laptop.name, html('span', { class: `status ${kind}` }, `tunnel ${laptop.tunnel}`), action), html('ul', {}, ...rows)));
  }
  morph(document.getElementById('reach'), wanted);
}

function faults(picture) {
  const wanted = html('div', { id: 'faults' });
  const active = picture.faults.map((fault) => html('div', { class: 'switch', 'data-key': `fault ${fault.id}` },
    html('strong', {}, `⚠ ${fault.text}`), button('Heal', fault.id, { heal: { fault: fault.id } })));
  wanted.append(html('div', { class: 'switches' }, ...(active.length > 0 ? active : [html('p', { class: 'empty' }, 'Nothing is wrong on purpose.')])));
  for (const plant of picture.plants.slice(0, MOST_NODES)) {
    const name = plant.plant;
    const agent = (label, change, key) => button(label, name, { agent: { plant: name, change } }, 'small quiet', key);
    const uplink = (label, fault) => button(label, name, { uplink: { plant: name, ...fault } }, 'small quiet');
    const unprovision = agent('Unprovision', 'unprovision', 'place');
    const agents = { up: [agent('Stop agent', 'stop', 'agent'), unprovision],
      down: [agent('Start agent', 'start', 'agent'), unprovision],
      unprovisioned: [agent('Provision', 'provision', 'place')] }[plant.agent];
    wanted.append(html('div', { class: 'switch', 'data-key': `plant ${name}` }, html('strong', {}, name), ...agents,
      uplink('Cut line', { isCut: true }), uplink('Lose 30 %', { lossPercent: 30 }), uplink('Delay 300 ms', { delayMilliseconds: 300 })));
  }
  wanted.append(html('div', { class: 'switch', 'data-key': 'roles' }, html('strong', {}, 'Processes'),
    button('Restart', 'gateway', { restart: { role: 'gateway' } }, 'small quiet'),
    button('Restart', 'control-plane', { restart: { role: 'control-plane' } }, 'small quiet')));
  wanted.lastChild.querySelectorAll('button').forEach((element) => {
    element.textContent = element.getAttribute('aria-label');
  });
  morph(document.getElementById('faults'), wanted);
}

function decisions(picture) {
  const isOnlyRefused = document.getElementById('only-refused').checked;
  const shown = picture.decisions.filter((decision) => !isOnlyRefused || !decision.isForwarded).slice(-60).reverse();
  const transports = { 1: 'ICMP', 6: 'TCP', 17: 'UDP' };
  const end = (address, port, transport) => port && transport !== 1 ? `${address}:${port}` : address;
  const wanted = html('tbody', { id: 'decisions' }, ...shown.map((decision) => html('tr',
    { 'data-key': decision.sequence, class: decision.isForwarded ? null : 'refused' },
    html('td', { class: 'number' }, `${decision.sequence}`),
    html('td', {}, [decision.person, decision.plant].filter(Boolean).join(decision.isFromPerson ? ' → ' : ' ← ')),
    html('td', { class: 'mono' }, end(decision.source, decision.sourcePort, decision.transport)),
    html('td', { class: 'mono' }, `${end(decision.destination, decision.destinationPort, decision.transport)} ${transports[decision.transport] ?? decision.transport}`),
    html('td', {}, `${decision.isForwarded ? '✓' : '⊘'} ${decision.verdict}`),
    html('td', { class: 'number' }, `${decision.bytes}`))));
  morph(document.getElementById('decisions'), wanted);
  document.getElementById('no-decisions').hidden = shown.length > 0;
}

let newest = null;
function show(picture) {
  newest = picture;
  draw(picture);
  reach(picture);
  faults(picture);
  decisions(picture);
}

document.getElementById('only-refused').addEventListener('change', () => { if (newest) decisions(newest); });

document.addEventListener('click', async (event) => {
  const element = event.target.closest('button[data-order]');
  if (!element) return;
  const card = element.closest('.card');
  card.querySelector(':scope > .problem')?.remove();
  element.disabled = true;
  try {
    await call('POST', '/api/v1/lab/orders', JSON.parse(element.dataset.order));
    announce(`Done: ${element.getAttribute('aria-label')}.`);
    show(await call('GET', '/api/v1/lab/picture'));
  } catch (error) {
    complain(card, error);
  } finally {
    element.disabled = false;
  }
});

call('GET', '/api/v1/lab/picture').then(show, (error) => complain(document.querySelector('main .card'), error));
listen('/api/v1/lab/picture/events', (name, picture) => { if (name === 'picture') show(picture); });
