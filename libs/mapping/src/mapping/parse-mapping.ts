import { at, Checker, present, type DataError } from './checker.js';
import { isTarget, type CollectRule, type FieldRule, type Mapping, type Target } from './mapping.js';
import { MAX_SOURCES, readNames, readOptionalPaths, readPathText, readSource, readTitles } from './parse-source.js';
import { readTransform } from './parse-transform.js';

export type ParsedMapping = { kind: 'mapping'; mapping: Mapping } | { kind: 'invalid'; errors: DataError[] };

const MAX_FIELDS = 200;
const MAX_COLLECTS = 10;
const MAX_TRANSFORMS = 10;

/**
 * Reads a mapping from untrusted data. What comes back holds nothing but what `Mapping` says, and `compileMapping`
 * never throws for it; otherwise every mistake is listed with its place, e.g. `fields[3].from[0]`.
 */
export function parseMapping(data: unknown): ParsedMapping {
  const check = new Checker();
  const mapping = readMapping(check, data);
  return mapping === undefined || check.errors.length > 0
    ? { kind: 'invalid', errors: check.errors }
    : { kind: 'mapping', mapping };
}

function readMapping(check: Checker, data: unknown): Mapping | undefined {
  const members = check.object(data, '', ['items', 'fields', 'collect']);
  if (members === undefined) return undefined;
  const items = members['items'] === undefined ? undefined : readPathText(check, members['items'], 'items');
  const fields = check.list(members['fields'], 'fields', { min: 0, max: MAX_FIELDS }, (rule, place) =>
    readRule(check, rule, place),
  );
  const collect =
    members['collect'] === undefined
      ? undefined
      : check.list(members['collect'], 'collect', { min: 0, max: MAX_COLLECTS }, (rule, place) =>
          readCollect(check, rule, place),
        );
  if (fields === undefined) return undefined;
  refuseDoubles(check, fields);
  return { fields, ...present({ items, collect }) };
}

function refuseDoubles(check: Checker, fields: readonly FieldRule[]): void {
  const seen = new Set<Target>();
  for (const { target } of fields) {
    if (seen.has(target)) check.fail('fields', `has more than one rule for ${target}`);
    seen.add(target);
  }
}

function readRule(check: Checker, data: unknown, place: string): FieldRule | undefined {
  const members = check.object(data, place, ['target', 'from', 'take', 'transforms']);
  if (members === undefined) return undefined;
  const target = readTarget(check, members['target'], at(place, 'target'));
  const from = check.list(members['from'], at(place, 'from'), { min: 1, max: MAX_SOURCES }, (source, where) =>
    readSource(check, source, where),
  );
  const take =
    members['take'] === undefined ? undefined : check.oneOf(members['take'], at(place, 'take'), ['first', 'all']);
  const transforms =
    members['transforms'] === undefined
      ? undefined
      : check.list(
          members['transforms'],
          at(place, 'transforms'),
          { min: 0, max: MAX_TRANSFORMS },
          (transform, where) => readTransform(check, transform, where),
        );
  return target === undefined || from === undefined ? undefined : { target, from, ...present({ take, transforms }) };
}

function readTarget(check: Checker, data: unknown, place: string): Target | undefined {
  const text = check.text(data, place, { min: 1, max: 200 });
  if (text === undefined) return undefined;
  return isTarget(text)
    ? text
    : check.fail(place, 'is no field; custom fields are contact.customFields.<key> and deal.customFields.<key>');
}

function readCollect(check: Checker, data: unknown, place: string): CollectRule | undefined {
  const members = check.object(data, place, ['into', 'in', 'prefix', 'label', 'value', 'titles', 'except', 'skip']);
  if (members === undefined) return undefined;
  const into = check.oneOf(members['into'], at(place, 'into'), ['contact.customFields', 'deal.customFields']);
  const prefix =
    members['prefix'] === undefined
      ? undefined
      : check.text(members['prefix'], at(place, 'prefix'), { min: 1, max: 120 });
  const optional = {
    in: members['in'] === undefined ? undefined : readPathText(check, members['in'], at(place, 'in')),
    prefix,
    label: readOptionalPaths(check, members['label'], at(place, 'label')),
    value: readOptionalPaths(check, members['value'], at(place, 'value')),
    titles: readTitles(check, members['titles'], at(place, 'titles')),
    except: members['except'] === undefined ? undefined : readNames(check, members['except'], at(place, 'except')),
    skip: members['skip'] === undefined ? undefined : readSkip(check, members['skip'], at(place, 'skip')),
  };
  return into === undefined ? undefined : { into, ...present(optional) };
}

function readSkip(check: Checker, data: unknown, place: string): CollectRule['skip'] {
  const members = check.object(data, place, ['path', 'in']);
  if (members === undefined) return undefined;
  const path = readPathText(check, members['path'], at(place, 'path'));
  const values = readNames(check, members['in'], at(place, 'in'));
  return path === undefined || values === undefined ? undefined : { path, in: values };
}
