// A classic script between two packages: tfjs-vis brings a part of TensorFlow.js once more, which
// warns of it in the console unless told that this is no development.
globalThis.tf?.enableProdMode();
