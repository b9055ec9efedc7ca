/** The buttons and fields of Train: which can be used now, and where the focus goes. */

import { text } from '../texts/texts.js';

const FIELDS = [
  ...['data-set', 'start-from', 'recipe', 'initializer', 'architecture', 'examples', 'epochs'],
  ...['batch-size', 'optimizer', 'learning-rate', 'augmentation', 'first', 'second', 'own-file'],
];

const byId = (id) => document.getElementById(id);

/** Calls the actions of the buttons, by the buttons' ids. */
export class TrainingButtons {
  #pressed = null;

  /** @param {Record<string, () => void>} actions */
  constructor(actions) {
    for (const [id, action] of Object.entries(actions)) {
      byId(id).addEventListener('click', () => {
        this.#pressed = id;
        action();
      });
    }
    addEventListener('pointerdown', () => (this.#pressed = null), true);
  }

  /**
   * Enables what can be used now.
   * @param {object} state
   * @param {boolean} state.hasModel
   * @param {boolean} state.hasData
   * @param {boolean} state.isBusy
   * @param {boolean} state.isUsed whether the network was trained here
   * @param {boolean} state.isContinued whether Start trains the network further
   * @param {boolean} state.hasFailed
   * @param {boolean} state.isTraining
   * @param {boolean} state.isTesting
   * @param {boolean} state.isPaused
   * @param {boolean} state.isComparing
   */
  show(state) {
    const { hasModel, hasData, isBusy, isUsed, hasFailed, isTraining, isPaused } = state;
    const isReady = hasModel && hasData && !isBusy;
    byId('start').textContent = text(state.isContinued ? 'train.more' : 'train.start');
    byId('pause').textContent = text(isPaused ? 'train.resume' : 'train.pause');
    const enabled = {
      start: isReady && !hasFailed,
      step: (isReady && !hasFailed) || isPaused,
      pause: isTraining,
      stop: isTraining || state.isTesting,
      afresh: !isBusy && (isUsed || hasFailed),
      test: isReady,
      use: hasModel,
      save: hasModel,
      download: hasModel,
      compare: isReady,
      'compare-stop': state.isComparing,
    };
    for (const [id, isEnabled] of Object.entries(enabled)) {
      byId(id).disabled = !isEnabled;
    }
    for (const id of FIELDS) {
      byId(id).disabled = isBusy;
    }
    this.#keepFocus();
  }

  /** Moves the focus on from a button that was pressed by key and is now disabled. */
  #keepFocus() {
    if (this.#pressed && document.activeElement === document.body) {
      const others = this.#pressed.startsWith('compare') ? ['compare-stop', 'compare'] : [];
      const next = [this.#pressed, ...others, 'pause', 'start'].find((id) => !byId(id).disabled);
      // If none is enabled yet, the next change of state enables one.
      if (next) {
        byId(next).focus({ preventScroll: true });
      }
    }
  }
}
