/** Puts tested images in order: which mistakes a model is surest of. */

/**
 * @typedef {object} Result
 * @property {Uint8Array} predicted [count]
 * @property {Float32Array} probabilities [count * classes]
 * @property {number[][]} confusion row = label, column = answer
 */

/**
 * @param {Result} result as `evaluate` returns it
 * @param {number} at of an image
 * @param {number} index of a class
 * @returns {number} the class's probability, 0 to 1
 */
export function shareOf({ probabilities, confusion }, at, index) {
  return probabilities[at * confusion.length + index];
}

/**
 * @param {Result} result
 * @param {Uint8Array} labels [count]
 * @returns {number[]} the images that were answered wrongly, the surest answer first
 */
export function mistakesOf(result, labels) {
  const all = [...result.predicted.keys()];
  return surestFirst(
    result,
    all.filter((at) => result.predicted[at] !== labels[at]),
  );
}

/**
 * Returns the images of a cell of the confusion matrix: the surest mistakes first, and of right
 * answers the least sure first.
 *
 * @param {Result} result
 * @param {Uint8Array} labels [count]
 * @param {{label: number, answer: number}} cell
 * @returns {number[]}
 */
export function imagesOfCell(result, labels, { label, answer }) {
  const all = [...result.predicted.keys()];
  const images = surestFirst(
    result,
    all.filter((at) => labels[at] === label && result.predicted[at] === answer),
  );
  return label === answer ? images.reverse() : images;
}

function surestFirst(result, images) {
  const certainty = (at) => shareOf(result, at, result.predicted[at]);
  return images.sort((one, other) => certainty(other) - certainty(one) || one - other);
}
