export {
  choice,
  flag,
  integer,
  optional,
  optionalFile,
  optionalText,
  port,
  text,
  url,
  variable,
} from './plain-settings.js';
export type { Described } from './plain-settings.js';
export { secret, sealingKeys } from './secret-settings.js';
export type { DescribedSecret } from './secret-settings.js';
export { combined, mistaken, value } from './setting.js';
