/** All texts of the pages in English. Each translation is a file like this, listed in texts.js. */
export default {
  page: {
    title: 'cnn_mnist: {page}',
    skip: 'Skip to the content',
    pages: 'Pages',
    language: 'Language',
    theme: 'Light or dark',
    theme_auto: 'System',
    theme_light: 'Light',
    theme_dark: 'Dark',
    private: 'Everything is computed in this browser; drawings and pictures never leave it.',
    close: 'Close',
    backend_webgl: 'Computed on the graphics processor (WebGL).',
    backend_webgpu: 'Computed on the graphics processor (WebGPU).',
    backend_wasm: 'Computed on the processor (WebAssembly).',
    backend_cpu: 'Computed in JavaScript, which is slow.',
  },
  model: {
    exported: '{folder}, exported {date}',
    stored: '{name}, saved in this browser',
    trained: 'Trained just now on this page',
    fresh: 'A new network with random weights',
  },
  draw: {
    page: 'Draw',
    heading: 'Draw for the model',
    heading_classes: 'Draw for the model',
    lead_digits:
      'Draw a digit, or several side by side, with mouse, pen or finger. The model answers while ' +
      'you draw.',
    lead_classes: 'This model knows {classes}. Choose a test image, drop a picture, or draw.',
    paper: 'Drawing',
    model: 'Model',
    canvas: 'Paper to draw on',
    hint: 'Draw here, or drop a picture',
    mode: 'How to draw',
    mode_drawing: 'Free drawing',
    mode_grid: '28×28 squares',
    grid: 'Grid of 28×28 squares',
    grid_hint: 'Set squares by click or drag',
    grid_square: 'Row {row}, column {column}: {level}',
    grid_changes: 'Squares changed: {count}.',
    grid_changes_answers: 'Squares changed: {count}. Answer before: {before}; now: {now}.',
    restart: 'Undo all changes',
    tools: 'Drawing tools',
    tool: 'Brush or eraser',
    brush: 'Brush',
    eraser: 'Eraser',
    undo: 'Undo',
    clear: 'Clear',
    width: 'Width',
    keys: 'Drawing with the keyboard',
    keys_text:
      'When the paper has the focus: arrow keys move the pen, with Shift in larger steps. ' +
      'Space puts the pen down or lifts it. B: brush, E: eraser, + and -: width, ' +
      'Z: undo, Delete: clear the paper.',
    grid_keys_text:
      'When the grid has the focus: arrow keys move from square to square, Home and End to the ' +
      'edge. Space or Enter sets a square or clears it; Shift with an arrow key goes on doing so. ' +
      'Z: undo, Delete: clear the grid.',
    pen_down: 'Pen down',
    pen_up: 'Pen up',
    submit: 'Submit',
    live: 'Answer while drawing',
    waiting: 'Press “Submit” for the answer',
    answer: 'Answer',
    seen: 'What the model sees, 28×28',
    nothing: 'Nothing drawn yet',
    loading: 'The model is being loaded…',
    blank: 'Nothing is drawn on this picture',
    no_digit: 'No digit is found in this drawing',
    uncertain: 'Uncertain: unlike what the model was trained on.',
    label_right: 'This is right: its label is {label}.',
    label_wrong: 'This is wrong: its label is {label}.',
    probabilities: 'Probability of each class',
    no_percent: '–',
    uncertain_digits: 'Uncertain where there is a question mark.',
    spoken: 'The model answers {name}, {percent}.',
    spoken_several: 'The model reads several digits: {digits}.',
    time: 'One prediction took {milliseconds} ms.',
    time_none: 'The time of a prediction is shown here.',
    pick: 'Or choose a picture',
    pick_note:
      'Images from the test set, which the exported models were not trained on. You can also ' +
      'open a picture of your own, or drop it on the paper.',
    pick_none:
      'This model came without test images. You can open a picture of your own, or drop it on ' +
      'the paper.',
    other_images: 'Other images',
    open_picture: 'Open a picture…',
    test_images: 'Test images',
    test_image: 'Test image, label {label}',
    maps: 'What each convolution layer sees',
    maps_note:
      'One small picture for each filter; it is brighter where the filter responds more strongly.',
    maps_none: 'This network has no convolution layer.',
    maps_layer: 'Layer {layer}: {count} maps of {width}×{height}',
    maps_scale: 'Black: 0 or less. White: {white}. All maps of the layer share this scale.',
  },
  explain: {
    heading: 'How a value is computed',
    note:
      'Point at a pixel of a map, above or in the large picture, or choose a layer here. A click ' +
      'or a tap holds the pixel; another one there lets it go.',
    layer: 'Layer',
    none: 'Nothing chosen',
    convolution: 'convolution',
    pooling: 'max pooling',
    average: 'average pooling',
    relu: 'ReLU',
    normalization: 'batch normalization',
    dense: 'dense layer',
    softmax: 'softmax',
    map: 'Map',
    unit: 'Unit',
    part: '{part} of {count}',
    canvas: 'Pixels of the map',
    keys:
      'Arrow keys choose a pixel, with Shift in larger steps; Page Up and Page Down choose ' +
      'another map.',
    map_of: 'Layer {layer}, map {map}',
    all: 'All values of this map as a table',
    at_pixel: 'Map {map}, row {row}, column {column}: {value}',
    at_unit: 'Unit {unit}: {value}',
    at_class: 'Logit of class {name}',
    at_softmax: 'From logits to probabilities',
    image: 'Image',
    input_map: 'Input map {map}',
    strongest_maps: 'Shown are the {shown} of {count} input maps that contribute most.',
    other_maps: 'The other {count} input maps together',
    window: 'Window',
    kernel: 'Kernel',
    products: 'Products',
    products_sum: 'The products add up to {sum}.',
    outside: 'Shaded cells lie outside the input; they count as 0 (padding “same”).',
    outside_pooling: 'Cells with a dash lie outside the input and take no part.',
    rounded: 'The numbers are rounded; sums are computed from the exact ones.',
    term: 'Term',
    value: 'Value',
    bias: 'Bias',
    sum: 'Sum',
    largest:
      'The largest of the {count} values wins: {value}, in row {row}, column {column} of the input.',
    mean: 'The mean: ({terms}) / {count} = {value}.',
    relu_stays: 'The input is above 0, so it stays.',
    relu_cut: 'The input is not above 0, so it becomes 0.',
    mean_name: 'Mean',
    variance: 'Variance',
    scale: 'Scale',
    shift: 'Shift',
    normalization_note:
      'Mean and variance are averages over the training. Scale and shift are learned. ε is ' +
      '{epsilon}; it keeps the root above 0.',
    strongest_inputs: 'Shown are the {shown} of {count} inputs that contribute most.',
    strongest_table: 'Strongest inputs',
    input: 'Input',
    weight: 'Weight',
    product: 'Product',
    input_unit: 'Unit {unit}',
    input_pixel: 'Row {row}, column {column}',
    input_place: 'Map {map}, row {row}, column {column}',
    shown_products: 'The products above',
    other_products: 'The other {count} products',
    logit: 'Logit',
    logit_note: 'This sum is the logit of the class; softmax makes probabilities of all logits.',
    softmax_note:
      'The largest logit, {largest}, is subtracted from each one first. That keeps the powers ' +
      'small and changes no probability.',
    softmax_table: 'Logit and probability of each class',
    probability: 'Probability',
  },
  train: {
    page: 'Train',
    heading: 'Train a network here',
    lead:
      'Everything on one page: look at the data, train a network, see what it gets wrong, ' +
      'and then draw for it.',
    data: '1. The data',
    data_set: 'Data set',
    data_facts:
      '{train} training images and {test} test images of {dataset}, 28×28 pixels each, ' +
      'in {classes} classes.',
    data_none:
      'There are no images to train on. They come with an export: ' +
      '--export_formats=saved_model,tfjs.',
    data_loading: 'The images are being loaded.',
    sample: 'Training image, label {label}',
    other_samples: 'Other images',
    network: '2. The network',
    start_from: 'Start from',
    start_note:
      'An exported or saved network may already have been trained on these images, including ' +
      'those used for validation here. Only the test images are new to it.',
    layer_table: 'Layers of the network',
    layer: 'Layer',
    kind: 'Kind',
    shape: 'Output shape',
    parameters: 'Parameters',
    total: 'Total',
    kernels: 'Kernels',
    kernels_note:
      'A column for each filter, a row for each of its input maps. They change while the network ' +
      'is trained.',
    kernels_layer:
      'Layer {layer}: kernels of {width}×{height}; filters: {filters}, input maps: {channels}',
    kernels_scale: 'Blue: positive, orange: negative, black: 0; the brightest is {most}.',
    training: '3. Training',
    examples: 'Training images',
    examples_some: '{count}',
    examples_all: '{count} (all but {validation} for validation)',
    epochs: 'Epochs',
    batch_size: 'Batch size',
    optimizer: 'Optimizer',
    learning_rate: 'Learning rate',
    augmentation: 'Augmentation: move, turn and resize each image a little at random',
    start: 'Train',
    more: 'Continue training',
    pause: 'Pause',
    resume: 'Resume',
    stop: 'Stop',
    afresh: 'Start over',
    progress: 'Progress of training',
    ready: 'Ready. Nothing has been trained yet.',
    running:
      'Epoch {epoch} of {epochs}, batch {batch} of {batches}: loss {loss}, accuracy ' +
      '{accuracy}.',
    paused: 'Paused in epoch {epoch}.',
    stopped:
      'Stopped. Epochs done: {epochs}; batches of the next: {batches}. “Continue training” continues from here.',
    finished: 'Finished. Epochs done: {epochs}, in {seconds} s; validation accuracy {accuracy}.',
    batch_loss: 'Loss of each batch',
    batch_accuracy: 'Accuracy of each batch',
    epoch_loss: 'Loss of each epoch',
    epoch_accuracy: 'Accuracy of each epoch',
    nothing_yet: 'Nothing yet',
    charts_missing: 'The charts could not be loaded.',
    numbers: 'Numbers as a table',
    numbers_of: '{title}: numbers',
    chart_empty: '{title}: nothing yet',
    chart_last: '{title}: {count} values, first {first}, last {last}',
    chart_lasts: '{title}: {count} values; training last {training}, validation last {validation}',
    batch: 'batch',
    batches: 'batch; means of {count}',
    epoch: 'epoch',
    loss: 'loss',
    accuracy: 'accuracy',
    series_training: 'training',
    series_validation: 'validation',
    epoch_table: 'Loss and accuracy of each epoch',
    seconds: 'seconds',
    test: '4. What it learned',
    test_note:
      'The test images were not used in training. The network is tested on them once training ends; ' +
      '“Stop” leaves the test out.',
    test_now: 'Test on all test images',
    test_left_out: 'The test was left out.',
    testing: '{done} of {count} test images tested.',
    test_result: '{right} of {count} test images classified correctly: {accuracy}. Loss {loss}.',
    by_class: 'Accuracy of each class',
    class: 'Class',
    right: 'Right',
    confusion: 'Confusion matrix',
    confusion_note:
      'A row for each label, a column for each answer. Right answers lie on the ' +
      'diagonal; everything else is a mistake. ' +
      'Choose a number to see its images.',
    label: 'Label',
    answered: 'Answer',
    confusion_cell: 'label {label}, answer {answer}: {count}',
    answers: 'Examples',
    only_mistakes: 'Mistakes only',
    other_answers: 'Other examples',
    all_mistakes: 'All mistakes',
    shown_cell: 'Label {label}, answer {answer}: {first} to {last} of {count}, the surest first.',
    shown_right:
      'Label {label}, answer {answer}: {first} to {last} of {count}, the least sure first.',
    shown_mistakes: 'Mistakes {first} to {last} of {count}, the surest first.',
    shown_any: 'Test images chosen at random.',
    share: '{name}: {share}',
    label_share: 'label {name}: {share}',
    example_right: 'Answer {answer}, {share}, which is right. Open it in Draw.',
    example_wrong: 'Answer {answer}, {share}; label {label}, {labelShare}. Open it in Draw.',
    no_mistakes: 'No mistakes.',
    keep: '5. Use it, keep it',
    keep_note: 'A downloaded model consists of two files. To evaluate it with cnn_mnist:',
    use: 'Draw for this model',
    model_name: 'Name',
    save: 'Save in this browser',
    download: 'Download',
    saved: '“{name}” is saved in this browser.',
    open_model: 'Open a downloaded model…',
    open_model_note:
      'Choose both files, or a zip file with both, or drop them anywhere on the page. The model is ' +
      'saved in this browser.',
    opened_model: '“{name}” was opened, and is saved in this browser.',
    downloaded: '{name}.json and {name}.weights.bin are downloaded; keep both in one folder.',
    stored: 'Saved in this browser',
    stored_none: 'Nothing is saved yet.',
    stored_item: '{name}, {date}, {size} kB',
    load: 'Load',
    load_named: 'Load {name}',
    remove: 'Remove',
    remove_named: 'Remove {name}',
    loaded: '“{name}” is loaded.',
    removed: '“{name}” is removed.',
    name_wrong: 'Allowed in a name: letters, digits, spaces, - and _, at most 60 characters.',
    number_missing: '{field} is empty; allowed: {least} to {most}.',
    number_wrong: '{field} is {given}; allowed: {least} to {most}.',
    whole_number_wrong: '{field} is {given}; allowed: a whole number from {least} to {most}.',
  },
  network: {
    recipe: 'Tutorial',
    initializer: 'Initial weights',
    line: 'Layers, as in --architecture',
    name_browser: 'Small convolutional',
    name_tfjs: 'TensorFlow.js tutorial',
    name_softmax: 'Softmax regression',
    name_deep: 'Dense, two hidden layers',
    name_dense: 'Dense, one hidden layer',
    name_layers_tutorial: 'TensorFlow 1 layers tutorial',
    name_own: 'Your own',
    note_browser:
      'The network of the TensorFlow.js tutorial, with smaller batches: over 90 % of the validation ' +
      'images after one epoch of 5,500 images.',
    note_tfjs:
      'What the tutorial “Handwritten digit recognition with CNNs” sets: Adam at 0.001, ' +
      'batches of 512; it trains ten epochs on 5,500 images.',
    note_softmax:
      'What “MNIST for ML Beginners” sets: no hidden layer, all weights begin at 0, gradient descent at ' +
      '0.5, batches of 100.',
    note_deep:
      'What “TensorFlow Mechanics 101” sets: hidden layers of 128 and 32 units, gradient descent at ' +
      '0.01, batches of 100. Its initial weights were others.',
    note_dense: 'The preset “dense”: one hidden layer of 128 units, Adam at 0.001, batches of 32.',
    note_layers_tutorial:
      'What the tutorial of tf.layers sets: gradient descent at 0.001, batches of 100, for 20,000 ' +
      'steps, which are 36 epochs of all images. It is large: a step takes a while here. ' +
      'The initial weights are He’s, as in the preset “layers_tutorial”.',
    note_own: 'A network or settings of your own.',
    pending:
      'This network is not built yet. “Train” builds it, and replaces the one that was trained; ' +
      'save that first if you want to keep it.',
    notation: 'How layers are written',
    conv:
      '– a convolution with kernels of 5×5 and 8 filters, then ReLU; with “valid” no padding, “stride 2” ' +
      'larger steps, “linear” no ReLU',
    pool: '– the largest value, or the mean, of each window of 2×2; also “same” and “stride 1”',
    flatten: '– turns maps into one row of numbers; dense layers come after it',
    dense:
      '– a fully connected layer of 128 units, then ReLU; the last layer has a unit for each class',
    dropout: '– drops 40 % of the values in training',
    others: '– batch normalization, and a ReLU as a layer of its own',
  },
  step: {
    button: 'One step',
    heading: 'What the last single step changed',
    better:
      'On the images of this step the loss was {before}; after the step it is {after}, which is lower.',
    worse:
      'On the images of this step the loss was {before}; after the step it is {after}, which is not lower.',
    note:
      'With SGD each change is the learning rate times the gradient. Adam makes the first change of ' +
      'nearly every weight as large as the learning rate.',
    variable: 'weights',
    count: 'count',
    size: 'mean size before',
    mean: 'mean change',
    most: 'largest change',
  },
  compare: {
    heading: 'Two networks side by side',
    note_text:
      'Trains two new networks on the same images, with the same number of epochs, optimizer, learning ' +
      'rate and batch size as set under “3. Training”. The network that you trained above is not touched.',
    first: 'First network',
    second: 'Second network',
    start: 'Compare',
    running: '{name}: epoch {epoch} of {epochs}, batch {batch} of {batches}.',
    testing: 'Both are being tested.',
    done: 'Test accuracy: {first} {one}, {second} {other}.',
    table: 'Results of both networks',
    accuracy: 'Validation accuracy after each epoch',
    loss: 'Validation loss after each epoch',
    network: 'network',
    parameters: 'parameters',
    seconds: 'seconds',
    validation: 'validation accuracy',
    test: 'test images right',
    tested: '{right} of {count}: {accuracy}',
  },
  examples: {
    keep_heading: 'Keep it as an example of your own',
    keep_note:
      'Draw, or open a photo, and say what it shows. The 28×28 pixels that the model sees are kept in ' +
      'this browser. On “Train” a network learns from them.',
    label: 'It shows',
    choose: 'Choose…',
    keep: 'Keep the example',
    to_train: 'Train with the examples',
    one: 'Several digits are drawn; an example has one.',
    kept: 'Kept as {label}. Examples so far: {count}.',
    count: 'Examples so far: {count}.',
    heading: 'Your own examples',
    facts: '{count} examples are kept in this browser.',
    none: 'None yet. Draw some, or photograph them, and keep each with its label; or load a file.',
    example: 'Your own example, label {label}',
    use: 'Train on them too',
    times: 'How often in each epoch',
    to_draw: 'Draw examples',
    download: 'Download as ZIP',
    load: 'Load a ZIP…',
    clear: 'Remove all',
    remove: 'Remove',
    remove_named: 'Remove this example of {label}',
    loaded: '{count} examples were loaded.',
    before:
      'Before this training the network got {right} of your {count} examples right: {accuracy}.',
    after: 'Now it gets {right} of {count} right: {accuracy}.',
    now: 'The network gets {right} of your {count} examples right: {accuracy}.',
    were_used: 'It was trained on them, so new drawings may be answered less well.',
    were_not_used: 'It was not trained on them.',
  },
  errors: {
    no_backend:
      'This browser has neither WebGL nor WebAssembly, so nothing can be computed here. ' +
      'Allow one of them in its settings, or open the page in a current Firefox, Chrome, Edge ' +
      'or Safari.',
    packages_missing:
      'TensorFlow.js is missing beside this page. Start the page with scripts/web or ' +
      'python -m cnn_mnist.web, which downloads it.',
    models_missing:
      'The list of models, models.json, is missing or empty. Start the page with scripts/web or ' +
      'python -m cnn_mnist.web, and give a folder that holds an export for the browser ' +
      '(--export_formats=saved_model,tfjs).',
    model_missing:
      'There is no model at {url}. It may have been replaced by a newer export: ' +
      'reload the page.',
    model_broken:
      'The model at {url} is damaged or incomplete ({detail}). Export it again, then reload ' +
      'the page.',
    weights_length:
      'The weights of {url} have {actual} bytes and should have {expected}: the file is ' +
      'incomplete or belongs to another model. Export it again, then reload the page.',
    model_unfit:
      'The model {url} does not fit this page ({detail}). The page needs a model of 28×28 ' +
      'grey images and 2 to 100 classes.',
    data_missing:
      'There are no images at {url}. Export again with ' +
      '--export_formats=saved_model,tfjs, then reload the page.',
    data_broken:
      'The images at {url} are damaged or incomplete ({detail}). Remove that folder and export ' +
      'again, then reload the page.',
    layers_many: 'The network has {count} layers; allowed: {most}.',
    layer_unknown:
      'Unknown layer “{layer}”; layers are written as conv 5x5x32, conv 3x3x5 valid stride 2 linear, ' +
      'pool 2, pool 3 same stride 2, avgpool 2, batch_norm, relu, flatten, dense 1024, dropout 0.4.',
    layer_kernel: '“{layer}” must have a square kernel, such as 5x5x32.',
    layer_options: '“{layer}” may have no options but these, each once: {options}.',
    layer_number: 'The numbers in “{layer}” must be from 1 to {most}.',
    layer_rate: '“{layer}” must have a rate from 0 to below 1.',
    layer_after_flatten: '“{layer}” cannot follow “flatten”.',
    layer_window:
      '“{layer}” needs an input of at least {size}×{size}, but the layer before it gives ' +
      '{height}×{width}.',
    layer_needs_flatten: '“{layer}” needs “flatten” somewhere before it.',
    network_end: 'The network must end in “{end}”, one logit for each class, not “{given}”.',
    network_parameters: 'The network has {count} parameters; allowed on this page: {most}.',
    network_values: 'The layers give {count} values for each image; allowed on this page: {most}.',
    files_missing:
      'A downloaded model consists of two files, NAME.json and NAME.weights.bin; choose both, or a ' +
      'zip file with both. Given: {given}.',
    files_broken:
      '{url} is damaged, or not a model that was downloaded from this page ({detail}). Download it ' +
      'again, and open both files.',
    files_length:
      'The weights {url} have {actual} bytes and should have {expected}: the file is incomplete or ' +
      'belongs to another model. Download it again, and open both files.',
    zip_broken: '{name} cannot be read as a ZIP file ({detail}).',
    examples_none: '{name} holds no PNG files in folders.',
    examples_class: '{name} is not in a folder that is named as a class: {classes}.',
    examples_size:
      '{name} is not a grey PNG of 28×28 pixels. For other pictures use “Open a picture” in Draw.',
    examples_many: 'This browser keeps at most {most} examples. Remove some first.',
    examples_full:
      'The storage of this browser is full, so no example was kept. Remove saved models or examples.',
    examples_refused:
      'This browser does not let the page keep examples ({detail}), as is common in private windows.',
    no_picture: 'This browser cannot read {name} as a picture. PNG and JPEG always work.',
    file_too_large: '{name} is larger than {most} MiB. Choose a smaller file.',
    picture_too_large: '{name} has more than {most} pixels. Choose a smaller picture.',
    storage_full:
      'The storage of this browser is full, so the model was not saved. Remove a saved ' +
      'model, or download this one instead.',
    storage_broken:
      'The model “{name}”, saved in this browser, is damaged ({detail}). Remove it; if you have ' +
      'downloaded it, open its files.',
    storage_refused:
      'This browser does not let the page store anything ({detail}), as is common in private ' +
      'windows. Download the model instead.',
    training_failed:
      'Training ended early ({detail}). If the loss became infinite, use a lower learning rate; ' +
      '“Start over” begins with new weights.',
    unexpected: 'Unexpected error: {detail}. Reload the page; saved models are kept.',
    storage_missing:
      '“{name}” is no longer saved in this browser; it may have been removed in another window.',
    backend_refused:
      'The backend {name} in the address does not start in this browser; allowed: webgl, wasm, ' +
      'cpu. Without ?backend= the page chooses one.',
  },
};
