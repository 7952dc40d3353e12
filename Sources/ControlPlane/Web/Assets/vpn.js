// The VPN tab: keys that never leave the browser, and everything that can be clicked.

import { call } from './api.js';
import { ask, complain } from './dialog.js';
import { applyFilter, startFiltering } from './filter.js';
import { announce, listen, prepared, refresh, source } from './live.js';
import { drawQR } from './qr.js';

source.url = () => location.pathname;
prepared(applyFilter);
startFiltering((count) => announce(count === 1 ? '1 subnet fits.' : `${count} subnets fit.`));

// --- Keys

const encode = (bytes) => btoa(String.fromCharCode(...bytes));
const decode = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));

/** A new pair, both halves in WireGuard's base64. */
async function makeKeys() {
  const pair = await crypto.subtle.generateKey({ name: 'X25519' }, true, ['deriveBits']);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const bytes = decode((await crypto.subtle.exportKey('jwk', pair.privateKey)).d);
  bytes[0] &= 248;
  bytes[31] = (bytes[31] & 127) | 64;
  const keys = { privateKey: encode(bytes), publicKey: encode(publicKey) };
  bytes.fill(0);
  return keys;
}

/** Why no key can be made here, in words; null when one can. */
async function obstacle() {
  if (!window.isSecureContext || !crypto.subtle) {
    return `This page came over plain HTTP from ${location.host}, and browsers give such pages no cryptography, so no `
      + `key can be made here. Open it on the machine itself as http://localhost:${location.port || 80}, or over HTTPS.`;
  }
  try {
    await crypto.subtle.generateKey({ name: 'X25519' }, true, ['deriveBits']);
    return null;
  } catch {
    return 'This browser cannot make X25519 keys. Use a current Chromium, Firefox or Safari.';
  }
}

obstacle().then((words) => {
  if (!words) return;
  const place = document.getElementById('insecure');
  place.textContent = words;
  place.hidden = false;
  prepared((root) => {
    for (const id of ['issue', 'rotate']) root.getElementById(id)?.setAttribute('disabled', '');
  });
});

/** The file that WireGuard imports; put together here, since nobody else has the private key. */
function configuration(privateKey, issued) {
  const mtu = issued.mtu ? [`MTU = ${issued.mtu}`] : [];
  return [
    '[Interface]', `PrivateKey = ${privateKey}`, `Address = ${issued.tunnelAddress}/32`, ...mtu, '',
    '[Peer]', `PublicKey = ${issued.gateway.publicKey}`, `AllowedIPs = ${issued.allowedIPs.join(', ')}`,
    `Endpoint = ${issued.gateway.endpoint}`, `PersistentKeepalive = ${issued.keepaliveSeconds}`, '',
  ].join('\n');
}

/** Makes a pair, has the public half certified, and hands the file over, once. */
async function obtain(path) {
  const keys = await makeKeys();
  const issued = await call('POST', path, { publicKey: keys.publicKey }, { 'Idempotency-Key': crypto.randomUUID() });
  const text = configuration(keys.privateKey, issued);
  keys.privateKey = '';
  await deliver(text, issued.fileName);
}

// --- The file, shown once

const delivery = document.getElementById('delivery');
let file = null;

async function deliver(text, name) {
  file = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
  document.getElementById('delivery-file').textContent = name;
  document.getElementById('delivery-qr').replaceChildren(drawQR(text, 'QR code of the configuration'));
  const again = document.getElementById('delivery-again');
  again.href = file;
  again.download = name;
  document.getElementById('dialog').close();
  delivery.showModal();
  document.getElementById('delivery-done').focus();
  again.click();
}

// Escape would lose the key: only the button ends it.
delivery.addEventListener('cancel', (event) => event.preventDefault());
delivery.addEventListener('keydown', (event) => { if (event.key === 'Escape') event.preventDefault(); });
document.getElementById('delivery-done').addEventListener('click', () => {
  URL.revokeObjectURL(file);
  file = null;
  document.getElementById('delivery-again').removeAttribute('href');
  document.getElementById('delivery-qr').replaceChildren();
  delivery.close();
  (document.getElementById('rotate') ?? document.getElementById('main')).focus();
});
addEventListener('beforeunload', (event) => { if (file) event.preventDefault(); });

// --- Buttons

const CERTIFICATE = '/api/v1/me/vpn/certificate';

const actions = {
  async issue(button) {
    await busy(button, () => obtain(CERTIFICATE));
    await refresh();
    announce('Your certificate is issued.');
  },

  async rotate() {
    const isDone = await ask({
      title: 'Rotate your VPN certificate?',
      body: [
        'A new key pair replaces the present one, and a new .conf is downloaded once: import it into WireGuard.',
        'Your old key stops working at the next sync, and the previous tunnel disconnects. Your routes and session '
          + 'history are kept.',
      ],
      action: 'Rotate & download', cautious: true, perform: () => obtain(`${CERTIFICATE}/rotate`),
    });
    if (isDone) await refresh();
  },

  async revoke() {
    const isDone = await ask({
      title: 'Revoke your VPN certificate?',
      body: [
        'You are disconnected immediately. The certificate, its routes and your session history are removed.',
        'You can issue a fresh certificate later.',
      ],
      action: 'Revoke', cautious: true, perform: () => call('DELETE', CERTIFICATE),
    });
    if (!isDone) return;
    await refresh();
    announce('Your certificate is revoked.');
    document.getElementById('issue')?.focus();
  },

  async refresh(button) {
    const card = document.getElementById('routes-card');
    card.setAttribute('aria-busy', 'true');
    try {
      await busy(button, async () => {
        const answer = await call('POST', '/api/v1/me/vpn/routes/refresh');
        await refresh();
        announce(answer.pending ? 'Sent; the gateway has yet to confirm.'
          : answer.changed ? 'The latest routes are here.' : 'Nothing has changed.');
      });
    } finally {
      card.removeAttribute('aria-busy');
    }
  },
};

async function busy(button, perform) {
  const card = button.closest('.card');
  card.querySelector(':scope > .problem')?.remove();
  button.disabled = true;
  try {
    await perform();
  } catch (error) {
    complain(card, error);
    refresh();
  } finally {
    button.disabled = false;
  }
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (button && Object.hasOwn(actions, button.id)) {
    actions[button.id](button);
    return;
  }
  if (button && button.dataset.usePark === undefined) return;
  const row = event.target.closest('tr.winner, tr.loser');
  if (row && !row.classList.contains('gone') && getSelection().isCollapsed) usePark(row);
});

function usePark(row) {
  const { key, name, subnet, rivals } = row.dataset;
  const isWinner = row.classList.contains('winner');
  const others = rivals.replace(/, ([^,]*)$/, ' and $1');
  row.querySelector('button[data-use-park]')?.focus({ preventScroll: true });
  return ask({
    title: `Use park ${name} for ${subnet}?`,
    body: isWinner
      ? [`${subnet} leads to ${name} already. It stays so, whatever changes elsewhere, until you choose again.`]
      : [
        `Traffic to ${subnet} goes to ${name} from now on.`,
        `${others} ${rivals.includes(',') ? 'stay' : 'stays'} attached to your VPN but no longer `
          + `${rivals.includes(',') ? 'answer' : 'answers'} in this subnet until you switch back.`,
      ],
    action: 'Use this park',
    perform: async () => {
      const answer = await call('PUT', `/api/v1/me/vpn/routes/${encodeURIComponent(key)}/winner`);
      await refresh();
      if (answer.pending) announce('Sent; the gateway has yet to confirm.');
    },
  });
}

// --- Live

const name = (row) => document.getElementById(`route ${row.id}`)?.dataset.name ?? row.plant;

/** What an event says, in words; many rows at once are only counted. */
function sentences(change, known) {
  const lines = [];
  if (change.count > 3) {
    lines.push(`${change.count} subnets changed.`);
  } else {
    for (const row of change.changed) {
      const pending = row.pending ? `, pending: ${row.pending}` : '';
      lines.push(`${name(row)} ${row.subnet} is ${row.status}${pending}.`);
    }
  }
  if (change.removed.length > 0) {
    lines.push(change.removed.length === 1 ? 'A subnet is gone.' : `${change.removed.length} subnets are gone.`);
  }
  const [newest] = change.sessions ?? [];
  if (newest?.isOnline && !known.has(newest.id)) lines.push(`You are online from ${newest.source}.`);
  return lines;
}

listen(document.querySelector('meta[name=events]').content, (event, data) => {
  if (event === 'resumed') return;
  const known = new Set([...document.querySelectorAll('.sessions [data-key]')].map((row) => row.dataset.key));
  refresh().then(() => { if (event === 'change') sentences(data, known).forEach(announce); });
});
