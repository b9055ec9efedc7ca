/**
 * Has a page hear of things later than it would, so that a test which looks before the page has
 * answered fails each time and not now and then. Runs in the page, before its own code.
 */

{
  const MILLISECONDS = { frame: 40, look: 60, tensor: 100, response: 150, toggle: 200 };
  const late = (act, what) => setTimeout(act, MILLISECONDS[what]);

  const { requestAnimationFrame, fetch } = globalThis;
  globalThis.requestAnimationFrame = (act) =>
    requestAnimationFrame(() => late(() => act(performance.now()), 'frame'));
  globalThis.fetch = async (...request) => {
    const response = await fetch(...request);
    await new Promise((resolve) => late(resolve, 'response'));
    return response;
  };

  // Values of tensors, and so answers and maps, once TensorFlow.js is there.
  let patched = null;
  document.addEventListener(
    'load',
    () => {
      const tensor = globalThis.tf?.Tensor?.prototype;
      if (tensor && tensor !== patched) {
        patched = tensor;
        const { data } = tensor;
        tensor.data = async function () {
          const values = await data.call(this);
          await new Promise((resolve) => late(resolve, 'tensor'));
          return values;
        };
      }
    },
    true,
  );

  const { addEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, act, ...options) {
    const isLook = this instanceof MediaQueryList;
    const what = isLook ? 'look' : type === 'toggle' ? type : null;
    const heard = what ? (event) => late(() => act.call(this, event), what) : act;
    return addEventListener.call(this, type, heard, ...options);
  };
}
