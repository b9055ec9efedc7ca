/** Decides whether a picture shows several digits: the same as cnn_mnist/evaluation/readings.py. */

const CERTAIN_SHARE = 0.6;
const CERTAIN_PROBABILITY = 0.5;

/**
 * @typedef {object} Answer
 * @property {Float32Array} probabilities of one image
 * @property {{uncertain: boolean, score: number} | null} mark null without a calibration
 */

/**
 * Returns whether the parts of a picture are better answers than the picture as a whole: most of
 * them are certain, and more so than the whole.
 *
 * @param {Answer[]} parts
 * @param {Answer} whole
 */
export function areSeveral(parts, whole) {
  const doubts = parts.map(doubtOf).sort((one, other) => one - other);
  const most = whole.mark ? 1 : 1 - CERTAIN_PROBABILITY;
  const certain = doubts.filter((doubt) => doubt <= most).length / doubts.length;
  const middle = doubts.length / 2;
  const median = (doubts[Math.ceil(middle) - 1] + doubts[Math.floor(middle)]) / 2;
  return certain >= CERTAIN_SHARE && median < doubtOf(whole);
}

function doubtOf({ probabilities, mark }) {
  return mark ? mark.score : 1 - Math.max(...probabilities);
}

/**
 * Returns the numbers of the digits in each row, from above, each from the left.
 * @param {number[][]} boxes top, left, bottom and right of each digit, in the order of reading
 */
export function rowsOf(boxes) {
  const rows = [];
  boxes.forEach((box, number) => {
    const row = rows.at(-1);
    if (row && box[1] >= boxes[row.at(-1)][1]) {
      row.push(number);
    } else {
      rows.push([number]);
    }
  });
  return rows;
}
