/** Says when colours or sizes have changed, for what is painted and not laid out by CSS. */

const root = document.documentElement;
const printed = matchMedia('print');
const listeners = new Set();

const tell = () => listeners.forEach((listener) => listener());

// Paper is white, so style.css makes everything light while this class is set.
addEventListener('beforeprint', () => {
  root.classList.add('printing');
  tell();
});
addEventListener('afterprint', () => {
  root.classList.remove('printing');
  tell();
});
for (const query of [
  printed,
  ...['(prefers-color-scheme: dark)', '(forced-colors: active)'].map((one) => matchMedia(one)),
]) {
  query.addEventListener('change', tell);
}
new MutationObserver(tell).observe(root, { attributeFilter: ['data-theme'] });

/** Calls a function whenever the page may look otherwise: another theme, or on paper. */
export function onNewLook(listener) {
  listeners.add(listener);
}

/** @returns {boolean} whether the page is being printed */
export function isPrinted() {
  return printed.matches || root.classList.contains('printing');
}
