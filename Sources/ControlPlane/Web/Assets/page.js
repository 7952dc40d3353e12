// What every page does: menus, forms that are one call of the API, copy buttons, live parts.

import { call } from './api.js';
import { ask, complain, tell } from './dialog.js';
import { announce, listen, refresh } from './live.js';

// --- Forms and buttons that are one call: data-api="PUT /api/v1/organizations/x/members/{person}"

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!form.dataset.api) return;
  event.preventDefault();
  send(form, form.dataset.api, values(form));
});

document.addEventListener('change', (event) => {
  const form = event.target.form;
  if (form?.dataset.auto !== undefined && form.dataset.api) send(form, form.dataset.api, values(form));
});

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-api]');
  if (!button) return;
  const body = button.dataset.body ? JSON.parse(button.dataset.body) : undefined;
  if (!button.dataset.confirm) {
    send(button.closest('form, li, td, p, span, div') ?? document.body, button.dataset.api, body, button);
    return;
  }
  ask({
    title: `${button.getAttribute('aria-label') ?? button.textContent}?`, body: [button.dataset.confirm],
    action: button.textContent.trim(), cautious: true,
    perform: () => perform(button.dataset.api, body),
  });
});

/** The fields of a form as the API wants them. */
function values(form) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.dataset.optional !== undefined && field.value === '') continue;
    body[field.name] = value(field);
  }
  return body;
}

function value(field) {
  const place = (text) => {
    const [kind, ...rest] = text.split(':');
    return { [kind]: rest.join(':') };
  };
  switch (field.dataset.type) {
    case 'number': return Number(field.value);
    case 'list': return field.value.split(/[\s,]+/).filter((word) => word !== '');
    case 'place': return place(field.value);
    case 'places': return [...field.selectedOptions].map((option) => place(option.value));
    default: return field.value;
  }
}

async function send(place, api, body, button) {
  place.querySelector(':scope > .problem')?.remove();
  place.setAttribute('aria-busy', 'true');
  if (button) button.disabled = true;
  try {
    await perform(api, body, place.dataset.keep);
    if (place.localName === 'form' && place.dataset.auto === undefined) place.reset();
  } catch (error) {
    complain(place, error);
    // What a list shows is what holds.
    if (place.dataset.auto !== undefined) place.reset();
  } finally {
    place.removeAttribute('aria-busy');
    if (button) button.disabled = false;
  }
}

async function perform(api, body, kept = '') {
  const [method, template] = api.split(' ');
  const rest = { ...body };
  const path = template.replace(/\{(\w+)\}/g, (_, name) => {
    const text = encodeURIComponent(rest[name]);
    if (kept !== name) delete rest[name];
    return text;
  });
  const answer = await call(method, path, body === undefined ? undefined : rest);
  if (answer?.warnings?.length) announce(answer.warnings.join(' '));
  await refresh();
  announce('Recorded.');
  if (answer?.token) {
    tell('Enrolment token', `Shown this once: with it, ${answer.agent} enrols once.`, answer.token);
  }
}

// --- Copying

document.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-copy]');
  if (!button) return;
  const element = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(element.textContent.trim());
    announce('Copied.');
  } catch {
    getSelection().selectAllChildren(element);
    announce('Copying is not allowed here; the text is selected instead.');
  }
});

// --- The profile menu closes like a menu

document.addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    menu.open = false;
    menu.querySelector('summary').focus();
  }
});

// --- Live parts of pages that have no script of their own

const url = document.querySelector('meta[name=events]')?.content;
if (url && !document.querySelector('script[src="/assets/vpn.js"]')) {
  listen(url, (name) => { if (name !== 'resumed') refresh(); });
}
