// A classic script between two packages: tfjs-vis contains a second copy of part of TensorFlow.js,
// which logs a warning about that unless production mode is on.
globalThis.tf?.enableProdMode();
