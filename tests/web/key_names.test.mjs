import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyName } from '../../cnn_mnist/web/pages/draw/key_names.js';

for (const [layout, key, code, name] of [
  ['English', 'z', 'KeyZ', 'z'],
  ['English with Shift', 'Z', 'KeyZ', 'z'],
  ['German, where Z is in the place of Y', 'z', 'KeyY', 'z'],
  ['Hangul', 'ㅋ', 'KeyZ', 'z'],
  ['Hangul', 'ㅠ', 'KeyB', 'b'],
  ['Hangul', 'ㄷ', 'KeyE', 'e'],
  ['an input method that takes the key', 'Process', 'KeyE', 'e'],
  ['any', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft'],
  ['any', ' ', 'Space', ' '],
  ['any', '+', 'NumpadAdd', '+'],
  ['none, as of a screen keyboard', 'b', '', 'b'],
]) {
  test(`${key} at ${code || 'no place'} is ${name}: ${layout}`, () => {
    assert.equal(keyName({ key, code }), name);
  });
}
