/**
 * TensorFlow.js and its charts. Classic scripts put both on the global object before modules run.
 */
export const tf = globalThis.tf;
export const tfvis = globalThis.tfvis;
