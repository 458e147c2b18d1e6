import { readPath } from '../paths/read-path.js';
import { isPayloadObject, type PayloadValue } from '../payload/payload-value.js';
import { compileCollect, UsedMembers } from './collect.js';
import { compileRule } from './compile-rule.js';
import { LabelledViews } from './labelled.js';
import { MAX_ITEMS } from './limits.js';
import { newItem, type MappedItem, type MappingResult, type MappingWarning } from './mapped.js';
import type { FieldRule, Mapping } from './mapping.js';
import { compilePath } from './compile-path.js';
import type { MappingContext } from './read-source.js';

export type CompiledMapping = (payload: PayloadValue, context: MappingContext) => MappingResult;

/**
 * Prepares a mapping for many payloads. The function it returns never throws for any payload that `parsePayload` gives:
 * a bad value becomes a warning on its item.
 *
 * @throws Error where a path is bad: the mapping did not come from `parseMapping`
 */
export function compileMapping(mapping: Mapping): CompiledMapping {
  const run = compileItem(mapping);
  if (mapping.items === undefined) {
    return (payload, context) => ({ items: [run(payload, payload, context, 0)], warnings: [] });
  }
  const path = compilePath(mapping.items);
  return (payload, context) => {
    const { elements, warnings } = itemsIn(readPath(path, payload, payload));
    return { items: elements.map((element, index) => run(element, payload, context, index)), warnings };
  };
}

const compiled = new WeakMap<Mapping, CompiledMapping>();

/** `compileMapping` once per mapping object, then run: for callers that keep no compiled mappings themselves. */
export function applyMapping(mapping: Mapping, payload: PayloadValue, context: MappingContext): MappingResult {
  let run = compiled.get(mapping);
  if (run === undefined) compiled.set(mapping, (run = compileMapping(mapping)));
  return run(payload, context);
}

type RunItem = (element: PayloadValue, root: PayloadValue, context: MappingContext, index: number) => MappedItem;

function compileItem(mapping: Mapping): RunItem {
  const rules = inOrder(mapping.fields).map(compileRule);
  const collects = (mapping.collect ?? []).map(compileCollect);
  return (element, root, context, index) => {
    const item = newItem(index);
    const used = collects.length === 0 ? null : new UsedMembers();
    const state = { item: element, root, views: new LabelledViews(element, root), context, visit: used?.visit };
    for (const rule of rules) rule(state, item);
    if (used !== null) for (const collect of collects) collect(used)(state, item);
    return item;
  };
}

/** The value needs to know its currency. */
function inOrder(fields: readonly FieldRule[]): FieldRule[] {
  const currency = fields.filter((rule) => rule.target === 'deal.currency');
  return [...currency, ...fields.filter((rule) => rule.target !== 'deal.currency')];
}

function itemsIn(list: PayloadValue | undefined): { elements: PayloadValue[]; warnings: MappingWarning[] } {
  if (isPayloadObject(list)) return { elements: [list], warnings: [] };
  if (!Array.isArray(list)) {
    return {
      elements: [],
      warnings: [{ field: 'items', code: 'items_missing', detail: 'The payload has no such list.' }],
    };
  }
  if (list.length <= MAX_ITEMS) return { elements: list, warnings: [] };
  const detail = `Of ${list.length} items only the first ${MAX_ITEMS} were taken.`;
  return { elements: list.slice(0, MAX_ITEMS), warnings: [{ field: 'items', code: 'too_many_items', detail }] };
}
