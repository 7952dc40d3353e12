// Times in the reader's own zone, durations in words, and the clocks that tick.

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

export const timeOfDay = (date) => clock.format(date);

/** Writes the page's moments in the reader's zone. */
export function localise(root) {
  for (const element of root.querySelectorAll('time[datetime]')) {
    const date = new Date(element.dateTime);
    element.textContent = moment.format(date);
    element.title = date.toString();
  }
  tick(root);
}

/** `2 h 5 min`: two parts at most, as the server writes it. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [
    [Math.floor(whole / 86400), 'd'], [Math.floor(whole / 3600) % 24, 'h'], [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts.slice(first, first + 2).filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`).join(' ');
}

function tick(root) {
  for (const element of root.querySelectorAll('[data-since]')) {
    element.textContent = duration((Date.now() - Date.parse(element.dataset.since)) / 1000);
  }
}

setInterval(() => tick(document), 1000);
