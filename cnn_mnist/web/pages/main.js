/** Starts the pages: language, theme, TensorFlow.js, the models, and which page is shown. */

import { startBackend } from './models/backend.js';
import { DrawPage } from './draw/draw_page.js';
import { element, fillSelect } from './ui/elements.js';
import { ModelList } from './models/model_list.js';
import { PageError } from './base/page_error.js';
import { fillTexts, LANGUAGES, language, languageOf, setLanguage, text } from './texts/texts.js';
import { tf, tfvis } from './base/tf.js';
import { TrainPage } from './train/train_page.js';

const PAGES = ['draw', 'train'];

const byId = (id) => document.getElementById(id);

/** The one place where errors are told: what happened, and what to do. */
const fault = {
  error: null,
  show(error) {
    this.error = error;
    const known = error instanceof PageError;
    if (!known) {
      console.error(error);
    }
    const said = known
      ? text(`errors.${error.key}`, error.values)
      : text('errors.unexpected', { detail: error.message });
    const close = element('button', { type: 'button' }, text('page.close'));
    close.addEventListener('click', () => this.clear());
    byId('fault').replaceChildren(element('p', {}, said), close);
    byId('fault').hidden = false;
  },
  clear() {
    this.error = null;
    byId('fault').hidden = true;
  },
};

/** Storage may be refused, and the page works without it. */
const remembered = {
  get(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch {
      // Chosen again the next time.
    }
  },
};

function fillAllTexts(pages) {
  document.documentElement.lang = language();
  fillTexts(document);
  Object.values(pages).forEach((page) => page.fillTexts());
  if (fault.error) {
    fault.show(fault.error);
  }
  nameDocument();
}

function nameDocument() {
  document.title = text('page.title', { page: text(`${shownPage()}.page`) });
}

function shownPage() {
  const name = location.hash.slice(1);
  return PAGES.includes(name) ? name : PAGES[0];
}

function showPage(pages) {
  const shown = shownPage();
  for (const name of PAGES) {
    byId(`${name}-page`).hidden = name !== shown;
    const link = document.querySelector(`nav a[href="#${name}"]`);
    if (name === shown) {
      link.setAttribute('aria-current', 'page');
    } else {
      link.removeAttribute('aria-current');
    }
  }
  nameDocument();
  pages[shown]?.open?.();
}

/** As another page would: it is seen, and read, from its top. */
function turnTo(pages) {
  showPage(pages);
  scrollTo(0, 0);
  byId('content').focus({ preventScroll: true });
}

function chooseLanguage(pages) {
  const options = Object.entries(LANGUAGES).map(([value, { name }]) => ({ value, name }));
  fillSelect(byId('language'), options, language());
  byId('language').addEventListener('change', ({ target }) => {
    setLanguage(target.value);
    remembered.set('language', target.value);
    fillAllTexts(pages);
  });
}

function chooseTheme() {
  const select = byId('theme');
  const take = (theme) => (document.documentElement.dataset.theme = theme);
  const kept = remembered.get('theme');
  select.value = ['auto', 'light', 'dark'].includes(kept) ? kept : 'auto';
  take(select.value);
  select.addEventListener('change', () => {
    take(select.value);
    remembered.set('theme', select.value);
  });
}

async function start() {
  const pages = {};
  setLanguage(remembered.get('language') ?? languageOf(navigator.languages));
  chooseTheme();
  chooseLanguage(pages);
  byId('as-a-file').hidden = true;
  byId('page').hidden = false;
  fillAllTexts(pages);
  showPage(pages);
  addEventListener('hashchange', () => turnTo(pages));
  document.querySelector('.skip').addEventListener('click', (event) => {
    // The address says which page is shown, and that stays.
    event.preventDefault();
    byId('content').focus();
  });
  try {
    await startPages(pages);
  } catch (error) {
    fault.show(error);
  }
  // Tests wait for it, and so may a teacher's script.
  document.documentElement.dataset.started = 'true';
}

async function startPages(pages) {
  if (!tf || !tfvis) {
    throw new PageError('packages_missing');
  }
  const backend = await startBackend(new URLSearchParams(location.search).get('backend'));
  byId('backend').dataset.text = `page.backend_${backend}`;
  const models = new ModelList();
  pages.draw = new DrawPage(models, fault);
  pages.train = new TrainPage(models, fault, (id) => {
    location.hash = 'draw';
    pages.draw.choose(id);
  });
  const missing = await models.readExported().catch((error) => error);
  await models.readStored();
  fillAllTexts(pages);
  showPage(pages);
  if (missing) {
    throw missing;
  }
}

start();
