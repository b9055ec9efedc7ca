/** The paper to draw on with mouse, pen, finger or keys; independent of models. */

import { keyName } from './key_names.js';

const PAPER = '#ffffff';
const INK = '#000000';
const STEP = 6;
const LONG_STEP = 24;

/**
 * The paper keeps a list of actions; undo removes the last one and repaints the rest.
 *
 * Fires 'draw' when the content of the paper has changed, 'pen' when the keyboard's pen moves,
 * and 'tool' when a key has chosen another tool or width.
 */
export class Drawing extends EventTarget {
  #canvas;
  #context;
  #actions = [];
  #stroke = null;
  #pointer = null;
  #pen = null;

  tool = 'brush';
  /** The width of the brush, in pixels of the canvas. */
  width = 22;

  /** @param {HTMLCanvasElement} canvas square */
  constructor(canvas) {
    super();
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d', { willReadFrequently: true });
    canvas.addEventListener('pointerdown', (event) => this.#pointerDown(event));
    canvas.addEventListener('pointermove', (event) => this.#pointerMove(event));
    for (const name of ['pointerup', 'pointercancel', 'lostpointercapture']) {
      canvas.addEventListener(name, (event) => this.#pointerUp(event));
    }
    canvas.addEventListener('keydown', (event) => this.#key(event));
    canvas.addEventListener('blur', () => this.#liftPen());
    this.#repaint();
  }

  /** Whether there is an action to undo. */
  get canUndo() {
    return this.#actions.length > 0;
  }

  /** The picture that `show` put in place of the drawing, or null. */
  get picture() {
    return this.#shown()?.picture ?? null;
  }

  /** Whether the paper has neither a picture nor a stroke. */
  get isEmpty() {
    return this.#visible().length === 0;
  }

  /** The keyboard's pen, {x, y, down} in pixels of the canvas; null before it is used. */
  get pen() {
    return this.#pen && { ...this.#pen };
  }

  /** @returns {Float32Array} [side*side], 0 paper to 1 ink */
  ink() {
    const { width, height } = this.#canvas;
    const { data } = this.#context.getImageData(0, 0, width, height);
    // A loop: `Float32Array.from` takes twenty times as long, at each move of the pen.
    const ink = new Float32Array(width * height);
    for (let at = 0; at < ink.length; at += 1) {
      ink[at] = 1 - data[4 * at] / 255;
    }
    return ink;
  }

  undo() {
    this.#endStroke();
    this.#actions.pop();
    this.#repaint();
  }

  clear() {
    this.#endStroke();
    if (!this.isEmpty) {
      this.#actions.push({ kind: 'clear' });
      this.#repaint();
    }
  }

  /**
   * Shows a picture instead of the drawing; the next stroke begins a new drawing.
   * @param {object} picture returned unchanged by `picture`; its `paint(context, side)` draws it
   */
  show(picture) {
    this.#endStroke();
    this.#actions.push({ kind: 'picture', picture });
    this.#repaint();
  }

  /** The actions since the paper was last cleared. */
  #visible() {
    const last = this.#actions.findLastIndex((action) => action.kind === 'clear');
    return this.#actions.slice(last + 1);
  }

  #shown() {
    const last = this.#visible().at(-1);
    return last?.kind === 'picture' ? last : null;
  }

  #repaint() {
    const side = this.#canvas.width;
    this.#context.fillStyle = PAPER;
    this.#context.fillRect(0, 0, side, side);
    const shown = this.#shown();
    if (shown) {
      shown.picture.paint(this.#context, side);
    } else {
      const actions = this.#visible();
      const from = actions.findLastIndex((action) => action.kind === 'picture') + 1;
      actions.slice(from).forEach((stroke) => this.#paintStroke(stroke, 0));
    }
    this.dispatchEvent(new Event('draw'));
  }

  /** Paints segment by segment, so that a repainted stroke has the same pixels. */
  #paintStroke({ points, width, tool }, from) {
    const context = this.#context;
    context.strokeStyle = tool === 'eraser' ? PAPER : INK;
    context.lineWidth = width;
    context.lineCap = 'round';
    for (let to = from; to < points.length; to += 1) {
      const start = points[Math.max(to - 1, 0)];
      context.beginPath();
      context.moveTo(start.x, start.y);
      context.lineTo(points[to].x, points[to].y);
      context.stroke();
    }
  }

  #beginStroke(point) {
    const isOverPicture = this.#shown() !== null;
    this.#stroke = { kind: 'stroke', points: [point], width: this.width, tool: this.tool };
    this.#actions.push(this.#stroke);
    if (isOverPicture) {
      this.#repaint();
    } else {
      this.#paintStroke(this.#stroke, 0);
      this.dispatchEvent(new Event('draw'));
    }
  }

  #goOnTo(points) {
    const from = this.#stroke.points.length;
    this.#stroke.points.push(...points);
    this.#paintStroke(this.#stroke, from);
    this.dispatchEvent(new Event('draw'));
  }

  #endStroke() {
    this.#stroke = null;
    this.#pointer = null;
    if (this.#pen?.down) {
      this.#liftPen();
    }
  }

  #pointerDown(event) {
    // One finger draws; a second finger and the mouse's other buttons do nothing.
    const isOther = this.#pointer !== null && event.pointerId !== this.#pointer;
    if (!event.isPrimary || event.button !== 0 || isOther) {
      return;
    }
    this.#canvas.setPointerCapture(event.pointerId);
    this.#endStroke();
    this.#pointer = event.pointerId;
    this.#beginStroke(this.#pointOf(event));
  }

  #pointerMove(event) {
    if (!this.#stroke || event.pointerId !== this.#pointer) {
      return;
    }
    // A fast pen moves several times between two frames; keep all of its points.
    const moves = event.getCoalescedEvents?.() ?? [];
    this.#goOnTo((moves.length ? moves : [event]).map((move) => this.#pointOf(move)));
  }

  #pointerUp(event) {
    if (event.pointerId === this.#pointer) {
      this.#endStroke();
    }
  }

  #pointOf(event) {
    const box = this.#canvas.getBoundingClientRect();
    const border = this.#canvas.clientLeft;
    const scale = this.#canvas.width / this.#canvas.clientWidth;
    return {
      x: (event.clientX - box.left - border) * scale,
      y: (event.clientY - box.top - border) * scale,
    };
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey) {
      if (keyName(event) === 'z' && !event.altKey) {
        event.preventDefault();
        this.undo();
      }
      return;
    }
    const action = this.#actionOf(event);
    if (action && !event.altKey) {
      event.preventDefault();
      action();
    }
  }

  #actionOf(event) {
    const step = event.shiftKey ? LONG_STEP : STEP;
    return {
      ArrowLeft: () => this.#movePen(-step, 0),
      ArrowRight: () => this.#movePen(step, 0),
      ArrowUp: () => this.#movePen(0, -step),
      ArrowDown: () => this.#movePen(0, step),
      ' ': () => (this.#pen?.down ? this.#liftPen() : this.#putPenDown()),
      Delete: () => this.clear(),
      Backspace: () => this.clear(),
      z: () => this.undo(),
      b: () => this.#choose({ tool: 'brush' }),
      e: () => this.#choose({ tool: 'eraser' }),
      '+': () => this.#choose({ width: this.width + 2 }),
      '=': () => this.#choose({ width: this.width + 2 }),
      '-': () => this.#choose({ width: this.width - 2 }),
    }[keyName(event)];
  }

  #choose(setting) {
    Object.assign(this, setting);
    this.dispatchEvent(new Event('tool'));
  }

  #penOrMiddle() {
    const middle = this.#canvas.width / 2;
    return this.#pen ?? { x: middle, y: middle, down: false };
  }

  #movePen(x, y) {
    const before = this.#penOrMiddle();
    const within = (value) => Math.min(Math.max(value, 0), this.#canvas.width);
    this.#pen = { ...before, x: within(before.x + x), y: within(before.y + y) };
    if (this.#pen.down && this.#stroke) {
      this.#goOnTo([{ x: this.#pen.x, y: this.#pen.y }]);
    }
    this.dispatchEvent(new Event('pen'));
  }

  #putPenDown() {
    this.#endStroke();
    this.#pen = { ...this.#penOrMiddle(), down: true };
    this.#beginStroke({ x: this.#pen.x, y: this.#pen.y });
    this.dispatchEvent(new Event('pen'));
  }

  #liftPen() {
    if (this.#pen?.down) {
      this.#pen.down = false;
      this.#stroke = null;
      this.dispatchEvent(new Event('pen'));
    }
  }
}
