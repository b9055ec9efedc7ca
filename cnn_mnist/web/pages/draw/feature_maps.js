/** Shows the feature maps of each convolution layer as one picture of tiles. */

import { element } from '../ui/elements.js';
import { number, text } from '../texts/texts.js';
import { whenResized } from '../ui/resizing.js';
import { greyImage } from '../ui/thumbnails.js';

const GAP = 1;
/** The least width of a map, in pixels of the screen. */
const LEAST_WIDTH = 38;

/** What each place shows, and in how many columns at most: {layers, columns}. */
const shown = new WeakMap();

/**
 * Shows a picture for each layer. It reuses existing elements, so that nothing moves while the
 * user draws.
 * @param {HTMLElement} place
 * @param {{layer: string, width: number, height: number, count: number, values: Float32Array,
 *   white: number}[]} layers values are [count*height*width] per layer, `white` is shown as white in
 *   all maps of the layer; negative ones are black
 */
export function showFeatureMaps(place, layers) {
  if (layers.length === 0) {
    place.replaceChildren(element('p', {}, text('draw.maps_none')));
    return;
  }
  if (!shown.has(place)) {
    whenResized(place, () => fitAgain(place));
  }
  const old = [...place.children];
  const figures = layers.map((_, at) => place.querySelectorAll('figure')[at] ?? newFigure());
  // Putting the same ones back would make the browser lay out the page anew, at each move of the pen.
  if (old.length !== figures.length || figures.some((figure, at) => figure !== old[at])) {
    place.replaceChildren(...figures);
  }
  shown.set(place, { layers, columns: columnsOf(place) });
  fillAll(place);
}

function columnsOf(place) {
  return place.clientWidth >= 16 * LEAST_WIDTH ? 16 : 8;
}

/** As when a phone is turned. A page that is hidden has no width. */
function fitAgain(place) {
  const { layers, columns } = shown.get(place);
  if (place.clientWidth && columnsOf(place) !== columns) {
    shown.set(place, { layers, columns: columnsOf(place) });
    fillAll(place);
  }
}

function fillAll(place) {
  const { layers, columns } = shown.get(place);
  place.querySelectorAll('figure').forEach((figure, at) => fill(figure, layers[at], columns));
}

function newFigure() {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('role', 'img');
  const scale = element('p', { className: 'quiet' });
  return element('figure', {}, document.createElement('figcaption'), canvas, scale);
}

function fill(figure, { layer, width, height, count, values, white }, mostColumns) {
  const caption = text('draw.maps_layer', { layer, count, width: number(width), height });
  const canvas = figure.querySelector('canvas');
  figure.querySelector('figcaption').textContent = caption;
  canvas.setAttribute('aria-label', caption);
  figure.querySelector('p').textContent = text('draw.maps_scale', { white: number(white, 2) });
  const columns = Math.min(count, mostColumns);
  Object.assign(canvas.dataset, { layer, width, height, count, columns });
  const sides = [columns * (width + GAP) - GAP, Math.ceil(count / columns) * (height + GAP) - GAP];
  if (canvas.width !== sides[0] || canvas.height !== sides[1]) {
    [canvas.width, canvas.height] = sides;
  }
  const context = canvas.getContext('2d');
  context.clearRect(0, 0, ...sides);
  const size = width * height;
  for (let map = 0; map < count; map += 1) {
    const grey = values.subarray(map * size, (map + 1) * size).map((v) => (255 * v) / white);
    const left = (map % columns) * (width + GAP);
    const top = Math.floor(map / columns) * (height + GAP);
    context.putImageData(greyImage(grey, width, height), left, top);
  }
}

/**
 * Returns which pixel of which map lies below the pointer.
 * @param {PointerEvent | MouseEvent} event on a picture of maps
 * @returns {{layer: string, map: number, row: number, column: number} | null} null between maps
 */
export function pixelBelow({ target, clientX, clientY }) {
  const { layer, width, height, count, columns } = target.dataset;
  const box = target.getBoundingClientRect();
  const x = Math.floor(((clientX - box.left) / box.width) * target.width);
  const y = Math.floor(((clientY - box.top) / box.height) * target.height);
  const [stepX, stepY] = [Number(width) + GAP, Number(height) + GAP];
  const map = Math.floor(y / stepY) * columns + Math.floor(x / stepX);
  const [row, column] = [y % stepY, x % stepX];
  const isInside = x >= 0 && y >= 0 && row < height && column < width && map < count;
  return isInside ? { layer, map, row, column } : null;
}
