// Keeps the page as the control plane is: one stream of events a page; the page itself is fetched anew and only what
// differs is changed, so that there is one place only where rows are drawn.

import { morph } from './morph.js';
import { localise, timeOfDay } from './times.js';

const preparers = [reveal, localise];
/** Where the newer page is fetched; the filter is the browser's. */
export const source = { url: () => location.pathname + location.search };

/** Has a function look at the page now and at each newer one before it is shown. */
export function prepared(prepare) {
  preparers.push(prepare);
  prepare(document);
}

for (const prepare of preparers) prepare(document);

/** What needs JavaScript can be used now. */
function reveal(root) {
  for (const element of root.querySelectorAll('[data-needs-script][hidden]')) element.hidden = false;
  for (const element of root.querySelectorAll('[data-without-script]')) element.hidden = true;
}

// --- The newer page

let running = null;
let isWanted = false;

/** Fetches the page anew and shows what is different; calls that come meanwhile share the next fetch. */
export function refresh() {
  isWanted = true;
  running ??= (async () => {
    try {
      while (isWanted) {
        isWanted = false;
        await renew();
      }
    } finally {
      running = null;
    }
  })();
  return running;
}

async function renew() {
  let response;
  try {
    response = await fetch(source.url(), { headers: { Accept: 'text/html' }, cache: 'no-store' });
  } catch {
    return stale('The control plane does not answer.');
  }
  if (new URL(response.url).pathname === '/login') return signedOut();
  if (!response.ok) return stale(`The control plane answered ${response.status}.`);
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const prepare of preparers) prepare(page);
  show(page);
  lastKnown = new Date();
  if (isConnected) fresh();
}

function show(page) {
  const row = held();
  const top = row?.getBoundingClientRect().top;
  // The browser's own anchor would move as well.
  document.documentElement.style.overflowAnchor = row ? 'none' : '';
  const keeps = (element) => {
    if (element !== row) return false;
    element.classList.add('gone');
    for (const button of element.querySelectorAll('button')) button.disabled = true;
    return true;
  };
  for (const part of document.querySelectorAll('[data-live]')) {
    const wanted = page.getElementById(part.id);
    if (wanted) morph(part, wanted, keeps);
  }
  document.title = page.title;
  if (row?.isConnected) pin(row, top);
  requestAnimationFrame(() => requestAnimationFrame(() => { document.documentElement.style.overflowAnchor = ''; }));
}

/** The row that must not move: under the pointer, or with the focus. */
const held = () => document.querySelector('tr.row:hover') ?? document.activeElement?.closest?.('tr.row') ?? null;

/** Brings the row back to where it was in the window. */
function pin(row, top) {
  const off = () => row.getBoundingClientRect().top - top;
  const main = document.getElementById('main');
  if (Math.abs(off()) < 0.5) return;
  scrollBy({ top: off(), behavior: 'instant' });
  const rest = off();
  if (Math.abs(rest) < 0.5) return;
  // There is nothing to scroll: room is made below or above until the pointer or the focus has gone.
  const side = rest > 0 ? 'paddingBottom' : 'paddingTop';
  main.style[side] = `${parseFloat(getComputedStyle(main)[side]) + Math.abs(rest)}px`;
  if (rest > 0) scrollBy({ top: off(), behavior: 'instant' });
}

/** Once nothing is held, what was kept for the pointer's sake goes. */
function release() {
  if (held()) return;
  const main = document.getElementById('main');
  main.style.paddingTop = main.style.paddingBottom = '';
  for (const row of document.querySelectorAll('tr.gone')) row.remove();
}
document.addEventListener('pointerover', release);
document.addEventListener('focusout', () => setTimeout(release));

// --- The line that says what changed

let spokenAt = 0;
let waiting = [];
let speaking = null;
let fading = null;

/** Says it politely, at most once in two seconds; what comes faster is said together. */
export function announce(text) {
  waiting.push(text);
  speaking ??= setTimeout(speak, Math.max(0, spokenAt + 2000 - Date.now()));
}

function speak() {
  const shown = waiting.slice(-3);
  const others = waiting.length - shown.length;
  const line = document.getElementById('status');
  line.textContent = shown.join(' ') + (others > 0 ? ` And ${others} more changes.` : '');
  line.classList.remove('faded');
  clearTimeout(fading);
  fading = setTimeout(() => line.classList.add('faded'), 8000);
  waiting = [];
  speaking = null;
  spokenAt = Date.now();
}

// --- The stream

let isConnected = false;
let lastKnown = new Date();
const banner = document.getElementById('stale');

function fresh() {
  if (!banner.hidden) announce('Live again.');
  banner.hidden = true;
  document.body.classList.remove('is-stale');
}

function stale(reason) {
  const retry = document.createElement('button');
  retry.type = 'button';
  retry.className = 'button small';
  retry.textContent = 'Retry';
  retry.onclick = () => { reconnect(); refresh(); };
  const words = `${reason} What you see is from ${timeOfDay(lastKnown)}. `;
  if (banner.hidden) banner.replaceChildren(words, retry);
  banner.hidden = false;
  document.body.classList.add('is-stale');
}

/** Nothing more comes: the session is over, or whoever it is may not act any more. */
function signedOut(reason = 'Your session is over') {
  const link = document.createElement('a');
  link.href = `/login?next=${encodeURIComponent(location.pathname)}`;
  link.textContent = 'Sign in again';
  banner.replaceChildren(`${reason}. `, link);
  banner.hidden = false;
  wanted = false;
}

const SILENCE = 40_000;
let wanted = true;
let reading = null;
let reconnect = () => {};

/**
 * Reads the stream for as long as the page is looked at, and connects again whenever it is lost.
 * @param take called with each event's name and data
 */
export async function listen(url, take) {
  let last = null;
  let delay = 500;
  for (;;) {
    if (!wanted) return;
    await visible();
    reading = new AbortController();
    try {
      const headers = last ? { 'Last-Event-ID': last } : {};
      const response = await fetch(url, { headers, cache: 'no-store', signal: reading.signal });
      if (response.status === 401 || response.status === 403) {
        const problem = await response.json().catch(() => ({}));
        return signedOut(response.status === 403 ? problem.detail : undefined);
      }
      if (!response.ok) throw new Error(`${response.status}`);
      delay = 500;
      for await (const event of events(response.body)) {
        if (!isConnected) {
          isConnected = true;
          lastKnown = new Date();
          if (event.name !== 'snapshot') fresh();
        }
        last = event.id ?? last;
        lastKnown = new Date();
        take(event.name, event.data);
      }
    } catch { /* Lost or silent: told below, tried again. */ }
    isConnected = false;
    if (!document.hidden) stale('The live updates are lost.');
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, delay);
      reconnect = () => { clearTimeout(timer); resolve(); };
    });
    delay = Math.min(delay * 2, 8000);
  }
}

/** The events of a body of type text/event-stream; ends with it, or when not even a heartbeat comes. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const timer = setTimeout(() => reading.abort(), SILENCE);
    const { value, done } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    text += value;
    const blocks = text.split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const event = { name: 'message', id: null, data: '' };
      for (const line of block.split('\n')) {
        if (line.startsWith('event: ')) event.name = line.slice(7);
        if (line.startsWith('id: ')) event.id = line.slice(4);
        if (line.startsWith('data: ')) event.data += line.slice(6);
      }
      if (event.data !== '') yield { ...event, data: JSON.parse(event.data) };
    }
  }
}

/** A page that nobody looks at gives its connection back after half a minute. */
let hiding = null;
let shown = [];
document.addEventListener('visibilitychange', () => {
  clearTimeout(hiding);
  if (document.hidden) {
    hiding = setTimeout(() => reading?.abort(), 30_000);
  } else {
    for (const resolve of shown.splice(0)) resolve();
  }
});

function visible() {
  return document.hidden ? new Promise((resolve) => shown.push(resolve)) : Promise.resolve();
}
