export { Wake } from './wake.js';
