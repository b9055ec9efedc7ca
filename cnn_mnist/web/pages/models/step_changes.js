/** Measures what one training step changes. */

import { tf } from '../base/tf.js';

/**
 * @typedef {object} StepChanges
 * @property {number} before the loss of the step's images before it, without dropout
 * @property {number} after their loss after it
 * @property {{name: string, count: number, size: number, mean: number, most: number}[]} weights for
 *   each trained variable: how many numbers it holds, the mean of their absolute values before the
 *   step, and the mean and the largest absolute change
 */

/**
 * @param {tf.LayersModel} model
 * @param {tf.Tensor4D} images of the step
 * @param {tf.Tensor2D} labels one-hot
 * @param {() => Promise<object>} step makes the step
 * @returns {Promise<{result: object, changes: StepChanges}>} result: that of `step`
 */
export async function watched(model, images, labels, step) {
  const variables = variablesOf(model);
  const kept = tf.tidy(() => variables.map(({ variable }) => variable.read().clone()));
  try {
    const before = await lossOf(model, images, labels);
    const result = await step();
    const after = await lossOf(model, images, labels);
    const weights = await Promise.all(
      variables.map(async ({ name, variable }, at) => ({
        name,
        ...(await changeOf(kept[at], variable.read())),
      })),
    );
    return { result, changes: { before, after, weights } };
  } finally {
    tf.dispose(kept);
  }
}

function variablesOf(model) {
  return model.layers.flatMap((layer) =>
    layer.trainableWeights.map((variable) => ({
      name: `${layer.name}/${variable.originalName.split('/').at(-1)}`,
      variable,
    })),
  );
}

async function lossOf(model, images, labels) {
  const loss = tf.tidy(() =>
    tf.metrics.categoricalCrossentropy(labels, model.predictOnBatch(images)).mean(),
  );
  try {
    return (await loss.data())[0];
  } finally {
    loss.dispose();
  }
}

async function changeOf(before, now) {
  const [old, fresh] = await Promise.all([before.data(), now.data()]);
  let [size, change, most] = [0, 0, 0];
  old.forEach((value, at) => {
    const difference = Math.abs(fresh[at] - value);
    size += Math.abs(value);
    change += difference;
    most = Math.max(most, difference);
  });
  const count = old.length;
  return { count, size: size / count, mean: change / count, most };
}
