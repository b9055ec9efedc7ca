/**
 * Has a page hear of things later than it would, so that a test which looks before the page has
 * answered fails each time and not now and then. Runs in the page, before its own code.
 */

{
  const MILLISECONDS = { frame: 40, response: 150, toggle: 200 };
  const late = (act, what) => setTimeout(act, MILLISECONDS[what]);

  const { requestAnimationFrame, fetch } = globalThis;
  globalThis.requestAnimationFrame = (act) =>
    requestAnimationFrame(() => late(() => act(performance.now()), 'frame'));
  globalThis.fetch = async (...request) => {
    const response = await fetch(...request);
    await new Promise((resolve) => late(resolve, 'response'));
    return response;
  };

  const { addEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, act, ...options) {
    const heard = type === 'toggle' ? (event) => late(() => act.call(this, event), type) : act;
    return addEventListener.call(this, type, heard, ...options);
  };
}
