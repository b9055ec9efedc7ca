import assert from 'node:assert/strict';
import test from 'node:test';

import { areSeveral, rowsOf } from '../../cnn_mnist/web/pages/models/readings.js';

const scored = (score) => ({ probabilities: Float32Array.of(1), mark: { score } });
const probable = (probability) => ({ probabilities: Float32Array.of(probability, 0), mark: null });

for (const [parts, whole, expected] of [
  [[0.1, 0.2], 1.5, true],
  [[0.1, 0.2], 0.0, false],
  [[0.1, 1.2], 1.5, false],
  [[0.1, 0.2, 1.2], 1.5, true],
  [[1.1, 1.2, 0.1], 1.5, false],
]) {
  test(`parts of ${parts} and a whole of ${whole} are ${expected ? 'several' : 'one'}`, () => {
    assert.equal(areSeveral(parts.map(scored), scored(whole)), expected);
  });
}

test('without a calibration the probabilities decide', () => {
  assert.ok(areSeveral([probable(0.9), probable(0.95)], probable(0.6)));
  assert.ok(!areSeveral([probable(0.9), probable(0.95)], probable(0.99)));
  assert.ok(!areSeveral([probable(0.4), probable(0.45)], probable(0.3)));
});

test('a row ends where the next digit is further left', () => {
  const lefts = [0.1, 0.5, 0.8, 0.2, 0.3];
  assert.deepEqual(rowsOf(lefts.map((left) => [0, left, 1, 1])), [
    [0, 1, 2],
    [3, 4],
  ]);
  assert.deepEqual(rowsOf([]), []);
});
