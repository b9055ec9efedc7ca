/**
 * Moves images as the page does. Standard input: JSON, [[pixels, amounts], …]; standard output: JSON,
 * [pixels, …].
 */
import fs from 'node:fs';

import { moved } from '../../cnn_mnist/web/pages/images/augmentation.js';

const asked = JSON.parse(fs.readFileSync(0, 'utf8'));
const found = asked.map(([pixels, amounts]) => [...moved(Uint8Array.from(pixels), amounts)]);
console.log(JSON.stringify(found));
