import { MAX_PATH_LENGTH, parsePath } from '../paths/path.js';
import { at, isRecord, present, type Checker } from './checker.js';
import type { ConcatSource, LikeSource, Source, Titles } from './mapping.js';

const KINDS = ['constant', 'header', 'query', 'concat', 'like'] as const;
const MAX_NESTING = 4;
export const MAX_SOURCES = 30;
const NAMES = { min: 1, max: 60 };
const NAME_LENGTH = { min: 1, max: 120 };

export function readSource(check: Checker, data: unknown, place: string, nesting = 0): Source | undefined {
  if (typeof data === 'string') return readPathText(check, data, place);
  if (!isRecord(data)) return check.fail(place, 'must be a path or an object');
  if (nesting > MAX_NESTING) return check.fail(place, 'is nested too deeply');
  const kind = KINDS.find((name) => name in data);
  switch (kind) {
    case undefined:
      return check.fail(place, `must be a path or an object with one of ${KINDS.join(', ')}`);
    case 'constant': {
      check.object(data, place, ['constant']);
      const constant = check.text(data['constant'], at(place, 'constant'), { min: 1, max: 500 });
      return constant === undefined ? undefined : { constant };
    }
    case 'header': {
      check.object(data, place, ['header']);
      const header = check.text(data['header'], at(place, 'header'), NAME_LENGTH);
      return header === undefined ? undefined : { header };
    }
    case 'query': {
      check.object(data, place, ['query']);
      const query = readPathText(check, data['query'], at(place, 'query'));
      return query === undefined ? undefined : { query };
    }
    case 'concat':
      return readConcat(check, data, place, nesting);
    case 'like':
      return readLike(check, data, place);
  }
}

function readConcat(
  check: Checker,
  data: Record<string, unknown>,
  place: string,
  nesting: number,
): ConcatSource | undefined {
  check.object(data, place, ['concat', 'separator', 'requireAll']);
  const concat = check.list(data['concat'], at(place, 'concat'), { min: 1, max: 10 }, (part, where) =>
    readSource(check, part, where, nesting + 1),
  );
  const separator =
    data['separator'] === undefined
      ? undefined
      : check.text(data['separator'], at(place, 'separator'), { min: 0, max: 20 });
  const { requireAll } = data;
  if (requireAll !== undefined && typeof requireAll !== 'boolean') {
    return check.fail(at(place, 'requireAll'), 'must be true or false');
  }
  return concat === undefined ? undefined : { concat, ...present({ separator, requireAll }) };
}

function readLike(check: Checker, data: Record<string, unknown>, place: string): LikeSource | undefined {
  check.object(data, place, ['like', 'in', 'label', 'value', 'titles', 'match', 'except']);
  const like = readNames(check, data['like'], at(place, 'like'));
  const match =
    data['match'] === undefined ? undefined : check.oneOf(data['match'], at(place, 'match'), ['whole', 'word']);
  const optional = {
    in: readOptionalPaths(check, data['in'], at(place, 'in'), true),
    label: readOptionalPaths(check, data['label'], at(place, 'label')),
    value: readOptionalPaths(check, data['value'], at(place, 'value')),
    titles: readTitles(check, data['titles'], at(place, 'titles')),
    match,
    except: data['except'] === undefined ? undefined : readNames(check, data['except'], at(place, 'except')),
  };
  return like === undefined ? undefined : { like, ...present(optional) };
}

export function readTitles(check: Checker, data: unknown, place: string): Titles | undefined {
  if (data === undefined) return undefined;
  const members = check.object(data, place, ['in', 'id', 'title', 'of']);
  if (members === undefined) return undefined;
  const read = (name: string) => readPathText(check, members[name], at(place, name));
  const [list, id, title, of] = [read('in'), read('id'), read('title'), read('of')];
  if (list === undefined || id === undefined || title === undefined || of === undefined) return undefined;
  return { in: list, id, title, of };
}

export function readNames(check: Checker, data: unknown, place: string): string[] | undefined {
  return check.list(data, place, NAMES, (name, where) => check.text(name, where, NAME_LENGTH));
}

/** @param allowItem whether the empty text may stand for the item itself */
export function readOptionalPaths(
  check: Checker,
  data: unknown,
  place: string,
  allowItem = false,
): string[] | undefined {
  if (data === undefined) return undefined;
  return check.list(data, place, { min: 1, max: MAX_SOURCES }, (path, where) =>
    allowItem && path === '' ? '' : readPathText(check, path, where),
  );
}

export function readPathText(check: Checker, data: unknown, place: string): string | undefined {
  const text = check.text(data, place, { min: 1, max: MAX_PATH_LENGTH });
  if (text === undefined) return undefined;
  const result = parsePath(text);
  return result.kind === 'path' ? text : check.fail(place, result.detail);
}
