/** A training of a new model, for the tests of it. */

import { randomFrom, tf } from './load_tf.mjs';
import { mnist } from './mnist.mjs';
import { newModel } from '../../cnn_mnist/web/pages/models/model.js';
import { Training } from '../../cnn_mnist/web/pages/models/training.js';

export const data = mnist({ train: 6500 });

/** Returns a new model whose initial weights are the same in every run. */
function seededModel() {
  const model = newModel();
  const weights = ({ shape }, i) => {
    const inputs = shape.slice(0, -1).reduce((product, size) => product * size, 1);
    return shape.length === 1
      ? tf.zeros(shape)
      : tf.truncatedNormal(shape, 0, 1 / Math.sqrt(inputs), 'float32', i + 1);
  };
  tf.tidy(() => model.setWeights(model.getWeights().map(weights)));
  return model;
}

/** Returns a training of a new model and what it calls. */
export function begun(options = {}) {
  const calls = { batches: [], epochs: [], states: [] };
  const model = options.model ?? seededModel();
  const training = new Training({
    data,
    examples: 500,
    batchSize: 100,
    random: randomFrom(3),
    onBatch: (batch) => calls.batches.push(batch),
    onEpoch: (epoch) => calls.epochs.push(epoch),
    onState: (state) => calls.states.push(state),
    ...options,
    model,
  });
  const end = async () => {
    await training.dispose();
    model.dispose();
  };
  return { training, model, calls, end };
}

/** Fails after a while instead of waiting forever. */
export async function inTime(promise, what) {
  let timer;
  const tooLong = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} hangs`)), 20_000);
  });
  try {
    return await Promise.race([promise, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
