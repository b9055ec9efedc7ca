/** Shows what a single training step changed. */

import { number, text } from '../texts/texts.js';
import { fillTable } from '../ui/elements.js';

const byId = (id) => document.getElementById(id);

/** The part below the buttons of the training, hidden until the first single step. */
export class StepReport {
  #changes = null;

  /** @param {import('../models/step_changes.js').StepChanges | null} changes null for none */
  show(changes) {
    this.#changes = changes;
    this.fillTexts();
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    byId('step-report').hidden = this.#changes === null;
    if (this.#changes === null) {
      byId('step-result').textContent = '';
      return;
    }
    const { before, after, weights } = this.#changes;
    const losses = { before: number(before, 4), after: number(after, 4) };
    const key = after < before ? 'step.better' : 'step.worse';
    byId('step-result').textContent = text(key, losses);
    const heads = ['variable', 'count', 'size', 'mean', 'most'].map((name) => text(`step.${name}`));
    const rows = weights.map(({ name, count, size, mean, most }) => [
      name,
      number(count),
      ...[size, mean, most].map((value) => number(value, 6)),
    ]);
    fillTable(byId('step-table'), heads, rows);
  }
}
