import { readPath, readSteps, type Visit } from '../paths/read-path.js';
import { textOf } from '../text/clean.js';
import { compileShape, foldLabel, MAX_ENTRIES, valueOf } from './labelled.js';
import { compilePath } from './compile-path.js';
import { addCustomField, limited, MAX_CUSTOM_KEY } from './limits.js';
import { warn } from './mapped.js';
import type { CollectRule } from './mapping.js';
import type { RunRule } from './compile-rule.js';

/** The members that field rules went through, so that collecting passes take only what is left. */
export class UsedMembers {
  private readonly used = new Map<object, Set<string>>();

  readonly visit: Visit = (container, key) => {
    const keys = this.used.get(container);
    if (keys === undefined) this.used.set(container, new Set([key]));
    else keys.add(key);
  };

  has(container: object, key: string): boolean {
    return this.used.get(container)?.has(key) === true;
  }
}

/** @throws Error where a path is bad: the rule did not come from `parseMapping` */
export function compileCollect(rule: CollectRule): (used: UsedMembers) => RunRule {
  const shape = compileShape(rule);
  const where = rule.in === undefined ? null : compilePath(rule.in);
  const into = rule.into === 'contact.customFields' ? 'contact' : 'deal';
  const prefix = rule.prefix ?? '';
  const except = new Set((rule.except ?? []).map((name) => foldLabel(name).joined));
  const skip = rule.skip === undefined ? null : { path: compilePath(rule.skip.path), values: new Set(rule.skip.in) };
  return (used) => (state, item) => {
    const container = where === null ? state.item : readPath(where, state.item, state.root);
    if (typeof container !== 'object' || container === null) return;
    const entries = state.views.of(container, shape);
    if (entries.length >= MAX_ENTRIES) {
      warn(item, rule.into, 'too_many', `Only the first ${MAX_ENTRIES} members were looked at.`);
    }
    for (const entry of entries) {
      if (!entry.label.startsWith(prefix) || used.has(container, entry.key)) continue;
      if (except.has(entry.folded.joined) || except.has(foldLabel(entry.key).joined)) continue;
      if (skip?.values.has(textOf(readSteps(skip.path.steps, 0, entry.member)) ?? '') === true) continue;
      const key = textOf(entry.label.slice(prefix.length));
      const text = textOf(valueOf(entry, shape));
      if (key !== null && text !== null) {
        addCustomField(item, into, limited(item, `${into}.customFields`, key, MAX_CUSTOM_KEY), text);
      }
    }
  };
}
