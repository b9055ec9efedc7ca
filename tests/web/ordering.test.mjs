import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imagesOfCell, mistakesOf, shareOf } from '../../cnn_mnist/web/pages/models/ordering.js';

// Of two classes: image, label, answer, probability of the answer.
const ROWS = [
  [0, 0, 0.9],
  [0, 1, 0.6],
  [1, 1, 0.7],
  [0, 1, 0.95],
  [1, 0, 0.8],
  [0, 0, 0.55],
  [0, 1, 0.6],
];
const labels = Uint8Array.from(ROWS, ([label]) => label);
const result = {
  predicted: Uint8Array.from(ROWS, ([, answer]) => answer),
  probabilities: Float32Array.from(
    ROWS.flatMap(([, answer, share]) => (answer ? [1 - share, share] : [share, 1 - share])),
  ),
  confusion: [
    [2, 3],
    [1, 1],
  ],
};

test('mistakes come with the surest first, and equally sure ones in the order of the images', () => {
  assert.deepEqual(mistakesOf(result, labels), [3, 4, 1, 6]);
});

test('a cell has its own images alone: the surest mistakes, the least sure right answers first', () => {
  const cell = (label, answer) => imagesOfCell(result, labels, { label, answer });
  assert.deepEqual(cell(0, 1), [3, 1, 6]);
  assert.deepEqual(cell(1, 0), [4]);
  assert.deepEqual(cell(0, 0), [5, 0]);
  const counts = [0, 1].map((label) => [0, 1].map((answer) => cell(label, answer).length));
  assert.deepEqual(counts, result.confusion);
});

test('the probability of a class of an image is found in its row', () => {
  assert.equal(shareOf(result, 4, 0), Math.fround(0.8));
  assert.equal(shareOf(result, 4, 1), Math.fround(0.2));
});
