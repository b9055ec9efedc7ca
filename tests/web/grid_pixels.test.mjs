import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GridPixels, SIDE } from '../../cnn_mnist/web/pages/draw/grid_pixels.js';

const at = (row, column) => ({ row, column });
const levelsOf = (squares) => [...new Set(squares.pixels)].sort((one, other) => one - other);

function begun(levels = {}) {
  const pixels = new Uint8Array(SIDE * SIDE);
  Object.entries(levels).forEach(([place, level]) => (pixels[place] = level));
  const squares = new GridPixels();
  squares.begin(pixels);
  return squares;
}

function click(squares, square) {
  squares.beginStep();
  squares.paint(square, square, !squares.isSet(square));
}

test('a click sets a clear square to 255 and clears a set one to 0', () => {
  const squares = begun();
  assert.ok(squares.isEmpty);
  click(squares, at(3, 5));
  assert.equal(squares.pixels[3 * SIDE + 5], 255);
  assert.equal(squares.changes, 1);
  click(squares, at(3, 5));
  assert.ok(squares.isEmpty);
  assert.equal(squares.changes, 0);
});

test('grey levels stay as they were taken over; a touched one becomes 255 or 0', () => {
  const squares = begun({ 0: 40, 1: 127, 2: 128, 3: 250 });
  click(squares, at(0, 1));
  click(squares, at(0, 2));
  assert.deepEqual([...squares.pixels.slice(0, 4)], [40, 255, 0, 250]);
  assert.equal(squares.changes, 2);
  assert.ok(squares.isChanged(at(0, 1)) && !squares.isChanged(at(0, 0)));
});

test('what the grid began with is not changed by it, nor by the pixels that it returns', () => {
  const pixels = new Uint8Array(SIDE * SIDE);
  const squares = new GridPixels();
  squares.begin(pixels);
  click(squares, at(0, 0));
  squares.pixels.fill(9);
  squares.start.fill(9);
  assert.equal(pixels[0], 0);
  assert.deepEqual(levelsOf(squares), [0, 255]);
  squares.restart();
  assert.ok(squares.isEmpty);
});

test('a drag sets every square on its way, and nothing beside the grid', () => {
  const squares = begun();
  squares.beginStep();
  squares.paint(at(2, 20), at(5, 35), true);
  const set = [...squares.pixels.keys()].filter((place) => squares.pixels[place] === 255);
  const columns = set.map((place) => place % SIDE);
  assert.deepEqual(columns, [20, 21, 22, 23, 24, 25, 26, 27]);
  squares.paint(at(-3, -3), at(-1, 30), true);
  assert.equal(squares.changes, set.length);
});

test('undo takes back a whole drag, a clearing and a return to the beginning', () => {
  const squares = begun({ 7: 90 });
  const states = [squares.pixels];
  const step = (action) => {
    action();
    states.push(squares.pixels);
  };
  step(() => {
    squares.beginStep();
    squares.paint(at(1, 1), at(1, 9), true);
    squares.paint(at(1, 9), at(9, 9), true);
  });
  step(() => squares.clear());
  step(() => squares.restart());
  while (squares.canUndo) {
    assert.deepEqual(squares.pixels, states.pop());
    squares.undo();
  }
  assert.deepEqual(squares.pixels, states.pop());
  assert.deepEqual(states, []);
});

test('a step that changes nothing is not one to undo', () => {
  const squares = begun();
  squares.clear();
  squares.restart();
  squares.beginStep();
  squares.paint(at(0, 0), at(0, 0), false);
  assert.ok(!squares.canUndo);
  squares.undo();
  assert.ok(squares.isEmpty);
});

test('undo goes back a thousand steps', () => {
  const squares = begun();
  for (let step = 0; step < 1200; step += 1) {
    click(squares, at(0, 0));
  }
  let steps = 0;
  for (; squares.canUndo; steps += 1) {
    squares.undo();
  }
  assert.equal(steps, 1000);
});
