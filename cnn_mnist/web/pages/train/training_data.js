/** Shows the data of the page Train: the data set, the number of images, and samples. */

import { imageAt, splitForTraining } from '../images/data.js';
import { element, fillSelect } from '../ui/elements.js';
import { text } from '../texts/texts.js';
import { randomIndices, thumbnail } from '../ui/thumbnails.js';

const SAMPLES = 24;
const SOME_EXAMPLES = 5500;

const byId = (id) => document.getElementById(id);

/** The part below the heading of the data. */
export class TrainingData {
  #models;
  #data = null;
  #url = null;

  /**
   * @param {import('../models/model_list.js').ModelList} models the list whose data sets are offered
   * @param {(url: string) => void} choose called with the URL of the chosen data.json
   */
  constructor(models, choose) {
    this.#models = models;
    models.addEventListener('change', () => this.#fillChoices());
    byId('data-set').addEventListener('change', ({ target }) => choose(target.value));
    byId('other-samples').addEventListener('click', () => this.#showSamples());
  }

  /** Shows that images are being loaded. */
  showLoading() {
    byId('data-facts').textContent = text('train.data_loading');
  }

  /**
   * @param {object | null} data as `loadData` returns it
   * @param {string | null} url the URL of its data.json
   */
  show(data, url) {
    [this.#data, this.#url] = [data, url];
    this.fillTexts();
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    this.#fillChoices();
    byId('other-samples').disabled = this.#data === null;
    byId('data-facts').textContent = text('train.data_none');
    if (this.#data) {
      const { dataset, classes, train, test } = this.#data;
      const counts = { train: train.count, test: test.count, classes: classes.length };
      byId('data-facts').textContent = text('train.data_facts', { dataset, ...counts });
      this.#fillExamples();
      this.#showSamples();
    }
  }

  #fillChoices() {
    const sets = this.#models.dataSets.map(({ url, folder }) => ({ value: url, name: folder }));
    fillSelect(byId('data-set'), sets, this.#url ?? undefined);
    byId('data-field').hidden = sets.length < 2;
  }

  #fillExamples() {
    const { training, validation } = splitForTraining(this.#data);
    const all = training.length;
    const choices = [SOME_EXAMPLES, all].filter((count, at) => at === 1 || count < all);
    const nameOf = (count) =>
      count === all
        ? text('train.examples_all', { count, validation: validation.length })
        : text('train.examples_some', { count });
    fillSelect(
      byId('examples'),
      choices.map((count) => ({ value: String(count), name: nameOf(count) })),
    );
  }

  #showSamples() {
    const { classes, digits, train } = this.#data;
    byId('samples').classList.toggle('named', !digits);
    byId('samples').replaceChildren(
      ...randomIndices(SAMPLES, train.count).map((at) => {
        const label = classes[train.labels[at]];
        const image = thumbnail(imageAt(train, at), text('train.sample', { label }));
        return element('figure', {}, image, element('figcaption', { ariaHidden: 'true' }, label));
      }),
    );
  }
}
