/** The part "How a value is computed": a layer, one of its values, and the computation of it. */

import { explanation } from './explanations.js';
import { fillSelect } from '../ui/elements.js';
import { pixelBelow } from './feature_maps.js';
import { LayerValues } from '../models/layer_values.js';
import { classesOf } from '../models/model.js';
import { asMaps, decimal, frameArea, numberGrid, paintMap } from './number_grid.js';
import { text } from '../texts/texts.js';

/** Milliseconds without a change of the drawing before the values are computed anew. */
const UNTIL_COMPUTED = 250;
const LONG_STEP = 5;

const byId = (id) => document.getElementById(id);

/** Computes nothing until the user chooses a layer, or a pixel of a feature map. */
export class ExplanationPanel {
  #fault;
  #model = null;
  #layers = null;
  #pixels = null;
  #step = null;
  #place = null;
  #found = null;
  #shown = null;
  #tabled = null;
  #isHeld = false;
  #turn = 0;
  #waiting = 0;
  #frame = 0;

  /** @param {{show(error: Error): void}} fault shows errors */
  constructor(fault) {
    this.#fault = fault;
    byId('explain-layer').addEventListener('change', ({ target }) => this.#choose(target.value));
    byId('explain-part').addEventListener('change', ({ target }) =>
      this.#moveTo({ ...this.#place, map: Number(target.value) }),
    );
    byId('explain-all').addEventListener('toggle', () => this.#showAll());
    const canvas = byId('explain-canvas');
    canvas.addEventListener('keydown', (event) => this.#key(event));
    this.#follow(canvas, (event) => this.#pixelOfCanvas(event));
    this.#follow(byId('maps'), (event) => event.target.matches('canvas') && pixelBelow(event));
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    this.#fillLayers();
    this.#showSoon();
  }

  /**
   * Takes what is explained: called after each answer, so it only remembers it.
   * @param {object | null} model null for none
   * @param {Uint8Array | null} pixels [784]
   */
  take(model, pixels) {
    if (model !== this.#model) {
      this.#takeModel(model);
    }
    this.#pixels = pixels;
    if (this.#step) {
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(() => this.#compute(), UNTIL_COMPUTED);
    }
  }

  #takeModel(model) {
    const id = this.#step?.id;
    this.#turn += 1;
    [this.#model, this.#found] = [model, null];
    this.#layers = model && new LayerValues(model);
    this.#step = this.#layers?.steps.find((step) => step.id === id) ?? null;
    this.#fillLayers();
    this.#showSoon();
  }

  #fillLayers() {
    const steps = this.#layers?.steps ?? [];
    const options = steps.map(({ id, layer, kind, isMean }) => {
      const what = text(`explain.${isMean ? 'average' : kind}`);
      return { value: id, name: `${layer}: ${what}` };
    });
    const none = { value: '', name: text('explain.none') };
    fillSelect(byId('explain-layer'), [none, ...options], this.#step?.id ?? '');
  }

  #choose(id) {
    this.#step = this.#layers?.steps.find((step) => step.id === id) ?? null;
    [this.#place, this.#found, this.#isHeld] = [null, null, false];
    this.#compute();
  }

  async #compute() {
    clearTimeout(this.#waiting);
    const turn = (this.#turn += 1);
    if (!this.#step || !this.#pixels) {
      this.#showSoon();
      return;
    }
    try {
      const found = await this.#layers.of(this.#step, this.#pixels);
      if (turn === this.#turn) {
        this.#found = found;
        this.#showSoon();
      }
    } catch (error) {
      // An error of a model that was disposed of meanwhile does not matter.
      if (turn === this.#turn) {
        this.#fault.show(error);
      }
    }
  }

  /** Lets a mouse show values, and a click or a finger hold one. */
  #follow(place, pixelOf) {
    place.addEventListener('pointermove', (event) => {
      const pixel = event.pointerType === 'mouse' && !this.#isHeld && pixelOf(event);
      if (pixel) {
        this.#take(pixel);
      }
    });
    place.addEventListener('click', (event) => {
      const pixel = pixelOf(event);
      if (pixel) {
        this.#isHeld = !(this.#isHeld && this.#isAt(pixel));
        this.#take(pixel);
        bringIntoView(byId('explain-heading'));
      }
    });
  }

  #isAt({ layer, map, row, column }) {
    const at = this.#place;
    const isSame = at?.map === map && at.row === row && at.column === column;
    return isSame && this.#step?.layer === layer;
  }

  #take({ layer, ...place }) {
    if (layer === this.#step?.layer) {
      this.#moveTo(place);
      return;
    }
    const step = this.#layers?.steps.find((one) => one.layer === layer);
    if (step) {
      [this.#step, this.#place, this.#found] = [step, place, null];
      byId('explain-layer').value = step.id;
      this.#compute();
    }
  }

  #moveTo(place) {
    this.#place = place;
    this.#showSoon();
  }

  #pixelOfCanvas({ target, clientX, clientY }) {
    if (!this.#found || !this.#place) {
      return null;
    }
    const box = target.getBoundingClientRect();
    const at = (share, count) => Math.min(Math.max(Math.floor(share * count), 0), count - 1);
    return {
      layer: this.#step.layer,
      map: this.#place.map,
      row: at((clientY - box.top) / box.height, target.height),
      column: at((clientX - box.left) / box.width, target.width),
    };
  }

  #key(event) {
    const step = event.shiftKey ? LONG_STEP : 1;
    const [row, column, map] =
      {
        ArrowUp: [-step, 0, 0],
        ArrowDown: [step, 0, 0],
        ArrowLeft: [0, -step, 0],
        ArrowRight: [0, step, 0],
        PageUp: [0, 0, -1],
        PageDown: [0, 0, 1],
      }[event.code] ?? [];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey || !this.#found) {
      return;
    }
    event.preventDefault();
    const at = this.#place;
    this.#isHeld = true;
    this.#place = { map: at.map + map, row: at.row + row, column: at.column + column };
    this.#show();
    byId('explain-spoken').textContent = byId('explain-value').textContent;
  }

  #showSoon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#show());
  }

  #show() {
    if (this.#step && !this.#found) {
      return;
    }
    byId('explain-body').hidden = !this.#step;
    byId('explain-part-field').hidden = !this.#step || this.#step.kind === 'softmax';
    if (!this.#step) {
      return;
    }
    this.#place = placeWithin(this.#place ?? strongestPlace(this.#found), this.#found.outputShape);
    const hasMap = this.#found.outputShape.length === 3;
    byId('explain-map').hidden = !hasMap;
    byId('explain-all').hidden = !hasMap;
    this.#fillParts();
    if (hasMap) {
      this.#showMap();
    }
    const step = this.#step;
    const { classes } = classesOf(this.#model);
    byId('explain-value').textContent = this.#named(classes);
    byId('explain-steps').replaceChildren(
      ...explanation(step, this.#found, this.#place, {
        classes,
        mapsBefore: step.kind === 'dense' ? this.#layers.mapsBefore(step) : [],
      }),
    );
  }

  #named(classes) {
    const { map, row, column } = this.#place;
    const { output, outputShape } = this.#found;
    if (this.#step.kind === 'softmax') {
      return text('explain.at_softmax');
    }
    if (outputShape.length < 3) {
      return this.#step.activation === 'softmax'
        ? text('explain.at_class', { name: classes[map] })
        : text('explain.at_unit', { unit: map + 1, value: decimal(output[map]) });
    }
    const value = output[(row * outputShape[1] + column) * outputShape[2] + map];
    const place = { map: map + 1, row: row + 1, column: column + 1 };
    return text('explain.at_pixel', { ...place, value: decimal(value) });
  }

  #fillParts() {
    const count = this.#found.outputShape.at(-1);
    const isMap = this.#found.outputShape.length === 3;
    const isLogit = this.#step.activation === 'softmax';
    const { classes } = classesOf(this.#model);
    byId('explain-part-name').textContent = text(
      isLogit ? 'train.class' : isMap ? 'explain.map' : 'explain.unit',
    );
    const select = byId('explain-part');
    const names = Array.from({ length: count }, (_, at) =>
      isLogit ? classes[at] : text('explain.part', { part: at + 1, count }),
    );
    if (names.join() !== [...select.options].map((option) => option.text).join()) {
      select.replaceChildren(...names.map((name, at) => new Option(name, String(at))));
    }
    select.value = String(this.#place.map);
  }

  #showMap() {
    const maps = asMaps(this.#found.output, this.#found.outputShape);
    const white = maps.values.reduce((most, value) => Math.max(most, value), 1e-6);
    const { row, column, map } = this.#place;
    this.#shown = paintMap(byId('explain-canvas'), maps, map, white);
    const mark = byId('explain-mark');
    frameArea(mark, maps, { top: row, left: column, height: 1, width: 1 });
    mark.classList.toggle('held', this.#isHeld);
    byId('explain-map-name').textContent = text('explain.map_of', {
      layer: this.#step.layer,
      map: map + 1,
    });
    this.#showAll();
  }

  /** Shows all values of the map as a table, if it is open. */
  #showAll() {
    if (!byId('explain-all').open || this.#found?.outputShape.length !== 3) {
      return;
    }
    const caption = byId('explain-map-name').textContent;
    const isSame = this.#tabled?.found === this.#found && this.#tabled.caption === caption;
    if (!isSame) {
      const from = { top: 0, left: 0 };
      const table = numberGrid(caption, this.#shown, this.#found.outputShape[1], { from });
      byId('explain-table').replaceChildren(table);
      this.#tabled = { found: this.#found, caption };
    }
  }
}

/** Returns the place of the highest value. */
function strongestPlace({ output, outputShape }) {
  const at = output.reduce((best, value, here) => (value > output[best] ? here : best), 0);
  const count = outputShape.at(-1);
  const cell = Math.floor(at / count);
  const width = outputShape[1];
  return { map: at % count, row: Math.floor(cell / width), column: cell % width };
}

function placeWithin({ map, row = 0, column = 0 }, shape) {
  const within = (value, count) => Math.min(Math.max(value, 0), count - 1);
  const [height, width] = shape.length === 3 ? shape : [1, 1];
  return {
    map: within(map, shape.at(-1)),
    row: within(row, height),
    column: within(column, width),
  };
}

/** Scrolls only if a heading is not on the screen. */
function bringIntoView(heading) {
  const { top, bottom } = heading.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight - 100) {
    heading.scrollIntoView({ block: 'start' });
  }
}
