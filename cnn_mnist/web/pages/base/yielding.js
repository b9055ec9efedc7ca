/**
 * Returns after the page has had a turn: to draw a frame that is due, to answer a click.
 *
 * A message comes at once, also to a hidden page, where setTimeout comes once a second and
 * requestAnimationFrame never.
 *
 * @returns {Promise<void>}
 */
export function nextTask() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Gives the page a turn now and then within long work, and no oftener than a frame needs. */
export class Breaks {
  #last = performance.now();

  /** @param {number} milliseconds of work between two turns. */
  constructor(milliseconds = 16) {
    this.milliseconds = milliseconds;
  }

  /** Returns at once, or after the page's turn where the last one is long ago. */
  async take() {
    if (performance.now() - this.#last >= this.milliseconds) {
      await nextTask();
      this.#last = performance.now();
    }
  }
}
