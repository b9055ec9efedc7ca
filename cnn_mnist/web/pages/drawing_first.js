/** What the page Draw needs, which main.js loads once the frame of the page is shown. */

export { DrawPage } from './draw/draw_page.js';
export { ExampleStore } from './images/example_store.js';
export { startBackend } from './models/backend.js';
export { ModelList } from './models/model_list.js';
