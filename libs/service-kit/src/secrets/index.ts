export { Sealer, UnsealError } from './seal.js';
export type { UnsealFailure } from './seal.js';
export { Secret } from './secret.js';
