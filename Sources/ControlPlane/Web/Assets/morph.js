// Makes a part of the page equal to a newer version of it, touching only what differs: what has the focus keeps it,
// and elements with a key keep their identity wherever they go.

const keyOf = (node) => node.nodeType === Node.ELEMENT_NODE ? node.dataset?.key ?? (node.id || null) : null;

/**
 * @param current the element that is shown
 * @param wanted an element of a newer page
 * @param keeps told of each element that is to go; it stays when this returns true
 */
export function morph(current, wanted, keeps = () => false) {
  setAttributes(current, wanted);
  if (current.dataset.live !== 'attributes') setChildren(current, wanted, keeps);
}

function setAttributes(current, wanted) {
  for (const { name, value } of wanted.attributes) {
    if (current.getAttribute(name) !== value) current.setAttribute(name, value);
  }
  for (const { name } of [...current.attributes]) {
    // Which details are open is the reader's own choice.
    const isReaders = name === 'open' && (current.localName === 'details' || current.localName === 'dialog');
    if (!wanted.hasAttribute(name) && !isReaders) current.removeAttribute(name);
  }
}

function setChildren(current, wanted, keeps) {
  const keyed = new Map();
  for (const child of current.childNodes) {
    const key = keyOf(child);
    if (key !== null) keyed.set(key, child);
  }
  const wantedKeys = new Set();
  for (const child of wanted.childNodes) {
    const key = keyOf(child);
    if (key !== null) wantedKeys.add(key);
  }
  for (const [key, child] of keyed) {
    if (!wantedKeys.has(key) && !keeps(child)) child.remove();
  }
  let cursor = skip(current.firstChild, wantedKeys);
  for (const child of [...wanted.childNodes]) {
    const key = keyOf(child);
    let match = key !== null ? keyed.get(key) : isAlike(cursor, child) ? cursor : null;
    if (match && !isAlike(match, child)) {
      match.remove();
      match = null;
    }
    if (!match) {
      current.insertBefore(document.importNode(child, true), cursor);
      continue;
    }
    if (match !== cursor) move(match, current, cursor);
    update(match, child, keeps);
    cursor = skip(match.nextSibling, wantedKeys);
  }
  while (cursor) {
    const next = cursor.nextSibling;
    if (keyOf(cursor) === null || !keeps(cursor)) cursor.remove();
    cursor = next;
  }
}

/** Elements that are kept although the newer page has none of them are passed over. */
function skip(node, wantedKeys) {
  while (node && keyOf(node) !== null && !wantedKeys.has(keyOf(node))) node = node.nextSibling;
  return node;
}

const isAlike = (one, other) => one !== null && one.nodeType === other.nodeType && one.nodeName === other.nodeName
  && (keyOf(one) === null || keyOf(one) === keyOf(other));

function update(match, child, keeps) {
  if (match.nodeType !== Node.ELEMENT_NODE) {
    if (match.nodeValue !== child.nodeValue) match.nodeValue = child.nodeValue;
    return;
  }
  setAttributes(match, child);
  setChildren(match, child, keeps);
}

/** Moving a node the old way takes the focus from it. */
function move(node, parent, before) {
  if (parent.moveBefore && node.isConnected) {
    parent.moveBefore(node, before);
    return;
  }
  const focused = document.activeElement;
  parent.insertBefore(node, before);
  if (node.contains(focused)) focused.focus({ preventScroll: true });
}
