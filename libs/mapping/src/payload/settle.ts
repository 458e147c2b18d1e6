import { parseJson } from './parse-json.js';
import { MAX_DEPTH, Unreadable, type PayloadObject, type PayloadValue } from './payload-value.js';

/**
 * Makes a freshly parsed value safe to walk, in place: refuses deep nesting, drops `__proto__` keys, and opens JSON
 * that a tool put into a string (`json={"venda":…}`), so that paths can reach into it.
 */
export function settle(value: PayloadValue, depth = 0): PayloadValue {
  if (typeof value === 'string') return openJsonText(value, depth);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) throw new Unreadable('too_deep', `The payload is nested more than ${MAX_DEPTH} levels deep.`);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const element = value[index];
      if (element !== undefined && mayChange(element)) value[index] = settle(element, depth + 1);
    }
    return value;
  }
  return settleObject(value, depth);
}

function settleObject(object: PayloadObject, depth: number): PayloadObject {
  // `JSON.parse` makes `__proto__` a plain member, but the first `Object.assign` of it would change a prototype.
  if (Object.hasOwn(object, '__proto__')) Reflect.deleteProperty(object, '__proto__');
  for (const key of Object.keys(object)) {
    const member = object[key];
    if (member !== undefined && mayChange(member)) object[key] = settle(member, depth + 1);
  }
  return object;
}

function mayChange(value: PayloadValue): boolean {
  return typeof value === 'object' ? value !== null : typeof value === 'string' && looksLikeObjects(value);
}

/** An object, or a list of objects: `[1]` or `[sic]` typed into a field stays the text that it is. */
function looksLikeObjects(text: string): boolean {
  const first = text.charCodeAt(0);
  const mayBegin = first === 0x7b || first === 0x5b || first <= 0x20;
  if (!mayBegin) return false;
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) return trimmed.endsWith('}');
  return trimmed.endsWith(']') && /^\[\s*\{/.test(trimmed);
}

function openJsonText(text: string, depth: number): PayloadValue {
  if (depth >= MAX_DEPTH || !looksLikeObjects(text)) return text;
  try {
    return settle(parseJson(text), depth);
  } catch (error) {
    // Text that only looks like JSON, or nests too deeply, is still perfectly good text.
    if (error instanceof Unreadable) return text;
    throw error;
  }
}
