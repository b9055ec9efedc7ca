/**
 * TensorFlow.js and its charts. Classic scripts define both as globals before modules run.
 */
export const tf = globalThis.tf;
export const tfvis = globalThis.tfvis;
