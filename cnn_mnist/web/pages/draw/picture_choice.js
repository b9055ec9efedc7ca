/** Offers pictures in place of a drawing: test images, and files that are opened or dropped. */

import { imageAt } from '../images/data.js';
import { element } from '../ui/elements.js';
import { digitsOfPicture, framePicture } from '../images/framing.js';
import { areOfModel } from '../models/model_files.js';
import { readPicture } from '../images/picture_file.js';
import { text } from '../texts/texts.js';
import { greyImage, randomIndices, thumbnail } from '../ui/thumbnails.js';

const SIDE = 28;
const TEST_IMAGES = 24;
/** The longest side, in pixels, at which a file's picture is kept for the paper. */
const KEPT_SIDE = 560;

const byId = (id) => document.getElementById(id);

/**
 * @typedef {object} Picture
 * @property {string | null} label the class that it shows, if known
 * @property {string[]} [classes] the classes of the label's data set
 * @property {(digits: boolean) => Uint8Array} framed [784], as a model of digits or of other
 *   classes gets it
 * @property {(context: CanvasRenderingContext2D, side: number) => void} paint
 * @property {{box: number[], pixels: Uint8Array}[]} parts each digit by itself, its box in parts
 *   of the paper
 */

/** The part below the heading of the pictures. */
export class PictureChoice {
  #data = null;
  #opening = 0;
  #fault;
  #choose;

  /**
   * @param {{show(error: Error): void, clear(): void}} fault shows errors
   * @param {(picture: Picture) => void} choose
   */
  constructor(fault, choose) {
    [this.#fault, this.#choose] = [fault, choose];
    byId('other-images').addEventListener('click', () => this.fillTexts());
    byId('picture').addEventListener('change', ({ target }) => {
      if (target.files.length) {
        this.#open(target.files[0]);
      }
      // Allow the same file to be chosen again.
      target.value = '';
    });
    this.#listenToDrops();
  }

  /** @param {object | null} data as `loadData` returns it; its test images are offered */
  show(data) {
    this.#data = data;
    this.fillTexts();
  }

  /** Chooses a picture instead of one that is still being opened. */
  take(picture) {
    this.#opening += 1;
    this.#choose(picture);
  }

  /** Marks the test image that is on the paper. */
  mark(picture) {
    for (const button of byId('test-images').children) {
      button.setAttribute('aria-pressed', String(button.picture === picture));
    }
  }

  /** Fills in all texts, and offers other test images. */
  fillTexts() {
    const has = this.#data !== null;
    byId('other-images').disabled = !has;
    byId('pick-note').textContent = text(has ? 'draw.pick_note' : 'draw.pick_none');
    byId('test-images').hidden = !has;
    if (has) {
      const { digits, test } = this.#data;
      const buttons = randomIndices(TEST_IMAGES, test.count).map((at) => this.#testImage(at));
      byId('test-images').classList.toggle('named', !digits);
      byId('test-images').replaceChildren(...buttons);
    }
  }

  #testImage(at) {
    const { classes, test } = this.#data;
    const pixels = imageAt(test, at);
    const label = classes[test.labels[at]];
    const picture = pictureOfImage(pixels, label, classes);
    const button = element('button', { type: 'button', picture }, thumbnail(pixels), label);
    button.setAttribute('aria-label', text('draw.test_image', { label }));
    button.setAttribute('aria-pressed', 'false');
    button.addEventListener('click', () => this.take(picture));
    return button;
  }

  #listenToDrops() {
    const drag = (event, isOver) => {
      event.preventDefault();
      byId('paper').classList.toggle('over', isOver);
    };
    // On the whole document: a browser would open a picture that is dropped beside the paper.
    document.addEventListener('dragover', (event) => drag(event, true));
    document.addEventListener('dragleave', (event) => drag(event, false));
    document.addEventListener('drop', (event) => {
      drag(event, false);
      const { files } = event.dataTransfer;
      // Files of a model are opened as such.
      if (files.length && !areOfModel(files) && !byId('draw-page').hidden) {
        this.#open(files[0]);
      }
    });
  }

  async #open(file) {
    this.#fault.clear();
    const opening = (this.#opening += 1);
    try {
      const read = await readPicture(file);
      if (opening === this.#opening) {
        this.#choose(pictureOf(read));
      }
    } catch (error) {
      if (opening === this.#opening) {
        this.#fault.show(error);
      }
    }
  }
}

/**
 * @param {Uint8Array} pixels [784], as a model gets them
 * @param {string} label its class
 * @param {string[]} classes of its data set
 * @returns {Picture} of an image that is framed already
 */
export function pictureOfImage(pixels, label, classes) {
  const paint = painting(canvasOf(greyImage(pixels, SIDE, SIDE)), false);
  return { label, classes, framed: () => pixels, paint, parts: [] };
}

/** Returns the Picture of a file; the file's own pixels, up to 200 MB, are not kept. */
function pictureOf({ rgba, width, height }) {
  const framing = (digits) => framePicture(rgba, width, height, { digits });
  const [whole, digit] = [framing(false), framing(true)];
  const kept = shrunk(canvasOf(new ImageData(rgba, width, height)));
  const framed = (digits) => (digits ? digit : whole);
  const parts = onPaper(digitsOfPicture(rgba, width, height), width, height);
  return { label: null, framed, paint: painting(kept, true), parts };
}

/** Moves boxes to where `painting` paints the picture. */
function onPaper(parts, width, height) {
  const longest = Math.max(width, height);
  const moved = (at, side) => 0.5 + ((at - 0.5) * side) / longest;
  return parts.map(({ box: [top, left, bottom, right], pixels }) => ({
    box: [moved(top, height), moved(left, width), moved(bottom, height), moved(right, width)],
    pixels,
  }));
}

function canvasOf(image) {
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext('2d').putImageData(image, 0, 0);
  return canvas;
}

function shrunk(canvas) {
  const scale = KEPT_SIDE / Math.max(canvas.width, canvas.height);
  if (scale >= 1) {
    return canvas;
  }
  const [width, height] = [canvas.width, canvas.height].map((side) =>
    Math.max(1, Math.round(side * scale)),
  );
  const small = new OffscreenCanvas(width, height);
  const context = small.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(canvas, 0, 0, width, height);
  return small;
}

/** Returns a function that paints a whole canvas as large as fits on the paper. */
function painting(canvas, isSmooth) {
  const { width, height } = canvas;
  return (context, side) => {
    const scale = side / Math.max(width, height);
    const [wide, high] = [width * scale, height * scale];
    context.imageSmoothingEnabled = isSmooth;
    context.imageSmoothingQuality = 'high';
    context.drawImage(canvas, (side - wide) / 2, (side - high) / 2, wide, high);
  };
}
