/** Runs a drawing that takes a while, and again if it is asked for meanwhile. */
export class Redrawing {
  #draw;
  #isStale = false;

  /** Whether the drawing is going on. */
  isDrawing = false;

  /** @param {() => Promise<void>} draw */
  constructor(draw) {
    this.#draw = draw;
  }

  /** Draws now, or once more after the drawing that is going on. */
  async ask() {
    this.#isStale = true;
    if (this.isDrawing) {
      return;
    }
    this.isDrawing = true;
    while (this.#isStale) {
      this.#isStale = false;
      await this.#draw();
    }
    this.isDrawing = false;
  }
}
