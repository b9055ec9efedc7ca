/**
 * Lets the page run other tasks, such as drawing a frame or handling a click.
 *
 * A message arrives immediately, also in a hidden page, where setTimeout fires only once a second
 * and requestAnimationFrame never.
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

/** Lets the page run other tasks during long work, at most about once per frame. */
export class Breaks {
  #last = performance.now();

  /** @param {number} milliseconds of work between two breaks. */
  constructor(milliseconds = 16) {
    this.milliseconds = milliseconds;
  }

  /** Takes a break if the last one was long enough ago; else returns immediately. */
  async take() {
    if (performance.now() - this.#last >= this.milliseconds) {
      await nextTask();
      this.#last = performance.now();
    }
  }
}
