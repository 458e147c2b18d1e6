import { isEmpty, readPath, type Visit } from '../paths/read-path.js';
import type { Path } from '../paths/path.js';
import type { PayloadList, PayloadObject, PayloadValue } from '../payload/payload-value.js';
import { textOf } from '../text/clean.js';
import { compilePath } from './compile-path.js';
import {
  compileShape,
  foldLabel,
  valueOf,
  type FoldedLabel,
  type LabelledViews,
  type LabelledShape,
} from './labelled.js';
import type { ConcatSource, LikeSource, Source } from './mapping.js';

/** HTTP header names in lower case, as Node gives them. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a mapping falls back on, and what the request had beside its payload. */
export interface MappingContext {
  /** The workspace's IANA time zone. */
  timeZone: string;
  /** The workspace's country for phones, ISO 3166-1 alpha-2. */
  country: string;
  /** The workspace's currency, ISO 4217. */
  currency: string;
  headers?: RequestHeaders;
  /** The query string's fields: see `parseQuery`. */
  query?: PayloadObject;
}

/** What the rules of one item read from. */
export interface ReadState {
  item: PayloadValue;
  root: PayloadValue;
  views: LabelledViews;
  context: MappingContext;
  /** Present where a collect pass wants to know which members were used. */
  visit: Visit | undefined;
}

/** Undefined where there is nothing that counts. */
export type Reader = (state: ReadState) => PayloadValue | undefined;

/** @throws Error where a path is bad: the mapping did not come from `parseMapping` */
export function compileSource(source: Source): Reader {
  if (typeof source === 'string') return pathReader(compilePath(source));
  if ('constant' in source) return () => source.constant;
  if ('header' in source) return headerReader(source.header.toLowerCase());
  if ('query' in source) return queryReader(compilePath(source.query));
  if ('concat' in source) return concatReader(source);
  return likeReader(source);
}

function pathReader(path: Path): Reader {
  return (state) => readPath(path, state.item, state.root, state.visit);
}

function headerReader(name: string): Reader {
  return ({ context }) => {
    const value = context.headers?.[name];
    return typeof value === 'string' || value === undefined ? value : [...value];
  };
}

function queryReader(path: Path): Reader {
  return ({ context }) => {
    const query = context.query ?? {};
    return readPath(path, query, query);
  };
}

function concatReader(source: ConcatSource): Reader {
  const parts = source.concat.map(compileSource);
  const separator = source.separator ?? ' ';
  return (state) => {
    const texts: string[] = [];
    for (const part of parts) {
      const text = textOf(part(state));
      if (text !== null) texts.push(text);
      else if (source.requireAll === true) return undefined;
    }
    return texts.length === 0 ? undefined : texts.join(separator);
  };
}

function likeReader(source: LikeSource): Reader {
  const shape = compileShape(source);
  const containers = (source.in ?? ['']).map((text) => (text === '' ? null : compilePath(text)));
  const placesKey = JSON.stringify(source.in ?? ['']);
  const names = source.like.map(foldLabel);
  const except = new Set((source.except ?? []).map((word) => foldLabel(word).joined));
  const passes = source.match === 'word' ? [isWhole, hasWords] : [isWhole];
  return (state) => {
    const places = state.views.in(placesKey, () => containersIn(state, containers));
    for (const matches of passes) {
      for (const container of places) {
        const found = firstLike(state, container, shape, names, except, matches);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  };
}

function containersIn(state: ReadState, paths: readonly (Path | null)[]) {
  return paths
    .map((path) => (path === null ? state.item : readPath(path, state.item, state.root)))
    .filter((value) => typeof value === 'object' && value !== null);
}

function firstLike(
  state: ReadState,
  container: PayloadList | PayloadObject,
  shape: LabelledShape,
  names: readonly FoldedLabel[],
  except: ReadonlySet<string>,
  matches: (label: FoldedLabel, name: FoldedLabel) => boolean,
): PayloadValue | undefined {
  const entries = state.views.of(container, shape);
  for (const name of names) {
    for (const entry of entries) {
      if (!matches(entry.folded, name) || entry.folded.words.some((word) => except.has(word))) continue;
      const value = valueOf(entry, shape, state.visit);
      if (isEmpty(value)) continue;
      state.visit?.(container, entry.key);
      return value;
    }
  }
  return undefined;
}

function isWhole(label: FoldedLabel, name: FoldedLabel): boolean {
  return label.joined === name.joined;
}

function hasWords(label: FoldedLabel, name: FoldedLabel): boolean {
  return name.words.every((word) => label.words.includes(word));
}
