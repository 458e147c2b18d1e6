export { changesBetween, type FieldChanges } from './changes-between.js';
