// Search, portfolio and plant: together, at once, without asking the server.

const form = document.getElementById('filter');

const wanted = () => ({
  search: form.elements.search.value.trim().toLowerCase(), portfolio: form.elements.portfolio.value,
  plant: form.elements.plant.value,
});

/** Hides what does not fit, in the page that is shown or in a newer one. */
export function applyFilter(root) {
  if (!form) return;
  const { search, portfolio, plant } = wanted();
  const isFiltering = search !== '' || portfolio !== '' || plant !== '';
  let found = 0;
  for (const body of root.querySelectorAll('#routes > tbody')) {
    let here = 0;
    for (const row of body.rows) {
      const data = row.dataset;
      if (data.search === undefined) continue;
      const fits = (portfolio === '' || data.portfolio === portfolio) && (plant === '' || data.plant === plant)
        && (search === '' || data.search.includes(search));
      if (row.hidden === fits) row.hidden = !fits;
      if (fits) here += 1;
    }
    const isEmpty = here === 0;
    if (body.hidden !== isEmpty) body.hidden = isEmpty;
    found += here;
  }
  const nothing = root.getElementById('nothing-found');
  if (nothing) nothing.hidden = found > 0;
  document.getElementById('clear-filter').hidden = !isFiltering;
  return found;
}

function remember() {
  const parameters = new URLSearchParams(Object.entries(wanted()).filter(([, value]) => value !== ''));
  const query = parameters.toString();
  history.replaceState(null, '', query === '' ? location.pathname : `${location.pathname}?${query}`);
}

/**
 * Filters while one types and chooses.
 * @param found told how many rows are left
 */
export function startFiltering(found) {
  if (!form) return;
  const change = () => {
    const count = applyFilter(document);
    remember();
    found(count);
  };
  form.addEventListener('input', change);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    change();
  });
  const clear = (event) => {
    event.preventDefault();
    for (const field of [form.elements.search, form.elements.portfolio, form.elements.plant]) field.value = '';
    change();
    form.elements.search.focus();
  };
  document.getElementById('clear-filter').addEventListener('click', clear);
  document.addEventListener('click', (event) => {
    if (event.target.closest('#clear-nothing')) clear(event);
  });
}
