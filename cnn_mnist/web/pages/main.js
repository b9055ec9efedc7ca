/**
 * Starts the pages: sets language and theme, starts TensorFlow.js, lists models, shows a page.
 *
 * Over a slow line the frame of the page shows first, then the paper; TensorFlow.js comes meanwhile.
 */

import { element, fillSelect } from './ui/elements.js';
import { PageError } from './base/page_error.js';
import { fillTexts, LANGUAGES, language, languageOf, setLanguage, text } from './texts/texts.js';
import { loadTf } from './base/tf.js';

const PAGES = ['draw', 'train'];

const byId = (id) => document.getElementById(id);

/** Shows errors, for both pages: what happened, and what to do. */
const fault = {
  error: null,
  show(error) {
    this.error = error;
    const known = error instanceof PageError;
    if (!known) {
      console.error(error);
    }
    const message = known
      ? text(`errors.${error.key}`, error.values)
      : text('errors.unexpected', { detail: error.message });
    const close = element('button', { type: 'button' }, text('page.close'));
    close.addEventListener('click', () => this.clear());
    byId('fault').replaceChildren(element('p', {}, message), close);
    byId('fault').hidden = false;
  },
  clear() {
    this.error = null;
    byId('fault').hidden = true;
  },
};

/** Remembers choices in localStorage; the page also works if that is refused. */
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
      // The user has to choose again the next time.
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

/** Shows a page from its top, and moves the focus there, as loading another page would. */
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
    // Keep the address, which says which page is shown.
    event.preventDefault();
    byId('content').focus();
  });
  try {
    await startPages(pages);
  } catch (error) {
    fault.show(error);
  }
  // Tests, and other scripts, can wait for this.
  document.documentElement.dataset.started = 'true';
}

async function startPages(pages) {
  const { DrawPage, ExampleStore, ModelList, startBackend } = await import('./drawing_first.js');
  const models = new ModelList();
  const examples = new ExampleStore();
  pages.draw = new DrawPage(models, fault, examples);
  fillAllTexts(pages);
  const listed = models.readExported().catch((error) => error);
  models.waitFor(startTf(startBackend, models, listed));
  try {
    await models.started;
    await addTraining(pages, models, examples);
    await models.readStored();
    await examples.read();
  } finally {
    models.settle();
    fillAllTexts(pages);
    showPage(pages);
  }
  const missing = await listed;
  if (missing) {
    throw missing;
  }
}

async function startTf(startBackend, models, listed) {
  await Promise.all([loadTf(), listed]);
  const wanted = new URLSearchParams(location.search).get('backend');
  const backend = await startBackend(wanted, { threads: models.areThreadsThere });
  byId('backend').dataset.text = `page.backend_${backend}`;
}

async function addTraining(pages, models, examples) {
  const { TrainPage } = await import('./train/train_page.js');
  pages.train = new TrainPage(models, fault, examples, (id, image) => {
    location.hash = 'draw';
    if (image) {
      pages.draw.showImage(image);
    }
    pages.draw.choose(id);
  });
  // Its buttons would do nothing before.
  byId('train-page').inert = false;
  byId('train-page').removeAttribute('aria-busy');
}

start();
