/** The fields of a new network: a tutorial's, or one of your own in one line. */

import { PageError } from '../base/page_error.js';
import { check, checkForPage, withClasses } from '../networks/architecture.js';
import { describeNetwork } from '../networks/building.js';
import { describe, parse } from '../networks/notation.js';
import { RECIPES } from '../networks/recipes.js';
import { text } from '../texts/texts.js';
import { fillSelect } from '../ui/elements.js';
import { fillSettings, readRecipeSettings } from './training_settings.js';

const INITIALIZERS = ['variance_scaling', 'glorot_uniform', 'he_uniform', 'zeros'];
const FIRST = 'browser';
const OWN = 'own';

const byId = (id) => document.getElementById(id);

/** Checks the line while it is typed. */
export class NetworkChoice {
  #classes = 10;
  #built = null;
  #typed;

  /**
   * @param {() => void} typed called when the line may be another one
   * @param {() => void} changed called when the user has finished a change
   */
  constructor(typed, changed) {
    this.#typed = typed;
    this.#takeRecipe(FIRST);
    byId('recipe').addEventListener('change', ({ target }) => {
      if (target.value !== OWN) {
        this.#takeRecipe(target.value);
        this.#check();
        changed();
      }
    });
    byId('architecture').addEventListener('input', () => this.#check());
    byId('architecture').addEventListener('change', () => changed());
    byId('initializer').addEventListener('change', () => {
      this.#check();
      changed();
    });
    for (const id of ['optimizer', 'learning-rate', 'batch-size']) {
      byId(id).addEventListener('input', () => this.#showRecipe());
    }
  }

  /** @returns {{layers: object[], initializer: string} | null} null if the line is wrong */
  get network() {
    const { layers } = this.#read();
    return layers ? { layers, initializer: byId('initializer').value } : null;
  }

  /** @returns {object[] | null} the layers for the table; null if the line is wrong */
  get described() {
    const { layers } = this.#read();
    return layers ? describeNetwork(layers) : null;
  }

  /** @returns {boolean} whether the fields are of another network than the one that was built last */
  get isChanged() {
    return this.#built !== null && this.#built !== this.#key;
  }

  /** Remembers that the network of the fields was built. */
  markBuilt() {
    this.#built = this.#key;
  }

  /** Moves the focus to a wrong line; returns whether it is wrong. */
  refuse() {
    const isWrong = this.network === null;
    if (isWrong) {
      byId('architecture').focus();
    }
    return isWrong;
  }

  /** @param {number} classes of the data; the line follows if it fitted the data before */
  setClasses(classes) {
    const before = this.#read().layers;
    this.#classes = classes;
    if (before && before.at(-1).units !== classes) {
      byId('architecture').value = describe(withClasses(before, classes));
    }
    this.#check();
  }

  /** @returns {{value: string, name: string}[]} the tutorials' networks, to compare them */
  get choices() {
    return Object.keys(RECIPES).map((value) => ({ value, name: text(`network.name_${value}`) }));
  }

  /** @returns {{layers: object[], initializer: string}} a tutorial's network, for these classes */
  ofRecipe(name) {
    const { architecture, initializer } = RECIPES[name];
    return { layers: withClasses(parse(architecture), this.#classes), initializer };
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    const own = { value: OWN, name: text('network.name_own') };
    fillSelect(byId('recipe'), [...this.choices, own]);
    const names = INITIALIZERS.map((name) => ({ value: name, name }));
    fillSelect(byId('initializer'), names, byId('initializer').value || RECIPES[FIRST].initializer);
    this.#check();
  }

  get #key() {
    return `${byId('architecture').value} ${byId('initializer').value}`;
  }

  #read() {
    try {
      const layers = parse(byId('architecture').value);
      check(layers, this.#classes);
      checkForPage(layers);
      return { layers, error: null };
    } catch (error) {
      if (!(error instanceof PageError)) {
        throw error;
      }
      return { layers: null, error };
    }
  }

  #takeRecipe(name) {
    const { initializer, ...settings } = RECIPES[name];
    byId('architecture').value = describe(this.ofRecipe(name).layers);
    fillSelect(
      byId('initializer'),
      INITIALIZERS.map((value) => ({ value, name: value })),
      initializer,
    );
    fillSettings(settings);
  }

  #check() {
    const { error } = this.#read();
    byId('architecture-wrong').textContent = error ? text(`errors.${error.key}`, error.values) : '';
    byId('architecture').setAttribute('aria-invalid', String(error !== null));
    this.#showRecipe();
    this.#typed();
  }

  /** Chooses the tutorial that has all these settings, or “your own”. */
  #showRecipe() {
    const settings = readRecipeSettings();
    const isThis = (name) =>
      describe(this.ofRecipe(name).layers) === byId('architecture').value &&
      RECIPES[name].initializer === byId('initializer').value &&
      Object.entries(settings).every(([key, value]) => RECIPES[name][key] === value);
    const found = Object.keys(RECIPES).find(isThis) ?? OWN;
    byId('recipe').value = found;
    byId('recipe-note').textContent = text(`network.note_${found}`);
  }
}
