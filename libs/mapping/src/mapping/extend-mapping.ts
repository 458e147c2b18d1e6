import type { Mapping } from './mapping.js';

/**
 * A preset's mapping with an integration's own rules: a rule for the same target replaces the preset's, the others are
 * added; its collecting passes and its list of items, where given, replace the preset's.
 */
export function extendMapping(base: Mapping, own: Mapping): Mapping {
  const targets = new Set(own.fields.map((rule) => rule.target));
  const items = own.items ?? base.items;
  const collect = own.collect ?? base.collect;
  return {
    ...(items === undefined ? {} : { items }),
    fields: [...base.fields.filter((rule) => !targets.has(rule.target)), ...own.fields],
    ...(collect === undefined ? {} : { collect }),
  };
}
