/**
 * Calls back when an element has another size, in the next frame.
 *
 * Within the observer's own callback, a change of that size is an uncaught error in WebKit.
 *
 * @param {Element} place
 * @param {() => void} act
 */
export function whenResized(place, act) {
  new ResizeObserver(() => requestAnimationFrame(act)).observe(place);
}
