/** Computes the outputs of a model's convolutions, and how bright each is to be shown. */

import { tf } from '../base/tf.js';
import { imagesOf, SIDE } from './model.js';

/** A ring has edges in all directions, as drawings have. */
const RING = ringOf({ radius: 8, width: 3 });

/** Shares the model's layers and weights. */
export class FeatureMaps {
  #scales = null;

  /** @param {tf.LayersModel} model the caller must not dispose of it before this. */
  constructor(model) {
    this.names = model.layers
      .filter((layer) => layer.getClassName() === 'Conv2D')
      .map(({ name }) => name);
    const outputs = this.names.map((name) => model.getLayer(name).output);
    this.model = outputs.length ? tf.model({ inputs: model.inputs, outputs }) : null;
  }

  /**
   * @param {Uint8Array} pixels of one image, [784].
   * @returns {Promise<Array<{layer: string, width: number, height: number, count: number,
   *     values: Float32Array, white: number}>>} for each convolution; values [count * height *
   *     width] after the layer's activation, one map after the other. white: the value to show as
   *     white in all maps of the layer. It is the highest value for a drawn ring, or for these
   *     pixels if that is higher, so that the faint maps of an empty paper are shown as faint.
   * @throws {RangeError} the pixels are not exactly one image.
   */
  async of(pixels) {
    if (pixels.length !== SIDE * SIDE) {
      throw new RangeError(`${pixels.length} pixels are not one image of ${SIDE * SIDE}`);
    }
    this.#scales ??= this.#mapsOf(RING).then((maps) => maps.map(({ values }) => highest(values)));
    const scales = await this.#scales;
    const maps = await this.#mapsOf(pixels);
    return maps.map((map, at) => ({ ...map, white: Math.max(scales[at], highest(map.values)) }));
  }

  async #mapsOf(pixels) {
    const maps = tf.tidy(() =>
      this.#outputs(pixels).map((output) => output.squeeze([0]).transpose([2, 0, 1])),
    );
    try {
      const values = await Promise.all(maps.map((map) => map.data()));
      return maps.map(({ shape: [count, height, width] }, i) => ({
        layer: this.names[i],
        width,
        height,
        count,
        values: values[i],
      }));
    } finally {
      tf.dispose(maps);
    }
  }

  #outputs(pixels) {
    if (!this.model) {
      return [];
    }
    return [this.model.predictOnBatch(imagesOf(pixels))].flat();
  }
}

/** Returns the highest value, at least a little more than 0, to divide by. */
function highest(values) {
  return values.reduce((most, value) => Math.max(most, value), 1e-6);
}

/** Returns a white ring with soft edges in the middle of a black image, [784]. */
function ringOf({ radius, width }) {
  const middle = (SIDE - 1) / 2;
  return Uint8Array.from({ length: SIDE * SIDE }, (_, at) => {
    const distance = Math.hypot(Math.floor(at / SIDE) - middle, (at % SIDE) - middle);
    const inside = width / 2 + 0.5 - Math.abs(distance - radius);
    return Math.round(255 * Math.min(Math.max(inside, 0), 1));
  });
}
