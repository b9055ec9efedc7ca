import assert from 'node:assert/strict';

import { begun, inTime } from './begun_training.mjs';
import { test, useBackend } from './load_tf.mjs';
import { newModel } from '../../cnn_mnist/web/pages/models/model.js';

useBackend('wasm');

/** When `pause` is called: so late in the last epoch that no batch follows. */
const LATE = {
  'in its last batch': (pause) => ({
    onBatch: ({ batch, batches }) => batch === batches && pause(),
  }),
  'while it validates': (pause, model) => {
    const predict = model.predictOnBatch.bind(model);
    model.predictOnBatch = (images) => {
      pause();
      return predict(images);
    };
  },
  'after its last epoch is reported': (pause) => ({ onEpoch: pause }),
};

for (const [when, prepare] of Object.entries(LATE)) {
  for (const then of ['goOn', 'stop', 'dispose']) {
    test(`a pause ${when} is waited for, and ${then} ends it`, async () => {
      const model = newModel();
      let [isPaused, hasEnded] = [false, false];
      const pauseOnce = () => {
        if (!isPaused) {
          isPaused = true;
          training.pause();
        }
      };
      const { training, calls } = begun({
        examples: 40,
        batchSize: 20,
        model,
        ...prepare(pauseOnce, model),
      });
      const run = training.run(1).then(() => {
        hasEnded = true;
      });
      while (!isPaused) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
      training.pause();
      assert.deepEqual([training.state, hasEnded], ['paused', false]);
      await inTime(training[then](), then);
      await inTime(run, 'the run');
      const ending = then === 'goOn' ? ['running', 'finished'] : ['stopped'];
      assert.deepEqual(calls.states, ['running', 'paused', ...ending]);
      if (then !== 'dispose') {
        await inTime(training.run(1), 'the next run');
        assert.deepEqual(calls.states.slice(-2), ['running', 'finished']);
      }
      training.stop();
      await inTime(training.dispose(), 'dispose');
      model.dispose();
    });
  }
}
