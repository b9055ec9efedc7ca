/** Says when colours or sizes have changed, for what is painted and not laid out by CSS. */

const root = document.documentElement;
const paper = matchMedia('print');
const schemes = ['(prefers-color-scheme: dark)', '(forced-colors: active)'];
const listeners = new Set();

const tell = () => listeners.forEach((listener) => listener());

/** Tells of it before the page is laid out for paper; style.css goes by the class too. */
function print(isPrinted) {
  if (isPrinted !== root.classList.contains('printing')) {
    root.classList.toggle('printing', isPrinted);
    tell();
  }
}

addEventListener('beforeprint', () => print(true));
addEventListener('afterprint', () => print(false));
paper.addEventListener('change', ({ matches }) => print(matches));
schemes.forEach((scheme) => matchMedia(scheme).addEventListener('change', tell));
new MutationObserver(tell).observe(root, { attributeFilter: ['data-theme'] });

/** Calls a function whenever the page may look otherwise: another theme, or on paper. */
export function onNewLook(listener) {
  listeners.add(listener);
}

/** @returns {boolean} whether the page is being printed */
export function isPrinted() {
  return root.classList.contains('printing');
}
