import { readCurrency } from '../money/currency.js';
import { isEmpty } from '../paths/read-path.js';
import { textOf } from '../text/clean.js';
import {
  emailConversion,
  moneyConversion,
  phoneConversion,
  statusConversion,
  tagsConversion,
  textConversion,
  transformOf,
  type Conversion,
  type Convert,
} from './convert.js';
import { addCustomField, addTags, limited, MAX_ALTERNATIVES, MAX_TEXT } from './limits.js';
import { warn, type MappedItem } from './mapped.js';
import { isCustomTarget, type FieldRule, type FixedTarget } from './mapping.js';
import { compileSource, type Reader, type ReadState } from './read-source.js';

export type RunRule = (state: ReadState, item: MappedItem) => void;

/** @throws Error where a path is bad: the rule did not come from `parseMapping` */
export function compileRule(rule: FieldRule): RunRule {
  const { target } = rule;
  const transforms = rule.transforms ?? [];
  if (isCustomTarget(target)) {
    const into = target.startsWith('contact.') ? 'contact' : 'deal';
    const key = target.slice(target.indexOf('.', into.length + 1) + 1);
    return runner(rule, textConversion(transforms, true), (item, text) => addCustomField(item, into, key, text));
  }
  switch (target) {
    case 'contact.email':
      return runner(rule, emailConversion, (item, email) => addAlternative(item, target, item.contact.emails, email));
    case 'contact.phone':
      return runner(rule, phoneConversion(transformOf(transforms, 'phone')), (item, phone) =>
        addAlternative(item, target, item.contact.phones, phone),
      );
    case 'contact.tags':
      return runner(rule, tagsConversion(transforms), (item, tags) => addTags(item, target, item.contact.tags, tags));
    case 'deal.tags':
      return runner(rule, tagsConversion(transforms), (item, tags) => addTags(item, target, item.deal.tags, tags));
    case 'deal.status':
      return runner(rule, statusConversion(transformOf(transforms, 'statusTable')), (item, status) => {
        item.deal.status = status;
      });
    case 'deal.currency':
      return runner(rule, currencyConversion, (item, currency) => {
        item.deal.currency = currency;
      });
    case 'deal.value':
      return valueRule(rule);
    default:
      return runner(rule, textConversion(transforms, false), textSetter(target));
  }
}

/** Runs after `deal.currency`, which says how many digits the minor unit has; without one it is the workspace's. */
function valueRule(rule: FieldRule): RunRule {
  const readers = rule.from.map(compileSource);
  const money = transformOf(rule.transforms ?? [], 'money');
  return (state, item) => {
    const currency = item.deal.currency ?? state.context.currency;
    const convert = moneyConversion(money, () => currency);
    const take = (taking: MappedItem, amount: string) => {
      taking.deal.value = amount;
      taking.deal.currency = currency;
    };
    runFirst(rule.target, readers, convert, take, state, item);
  };
}

function currencyConversion(payload: Parameters<Convert<string>>[0]): Conversion<string> {
  const currency = readCurrency(textOf(payload) ?? '');
  return currency === null
    ? { kind: 'bad', code: 'invalid_currency', detail: 'The value is not an ISO 4217 currency.' }
    : { kind: 'value', value: currency };
}

type TextTarget = Exclude<
  FixedTarget,
  'contact.email' | 'contact.phone' | 'contact.tags' | 'deal.tags' | 'deal.status' | 'deal.currency' | 'deal.value'
>;

const SET_TEXT: Record<TextTarget, (item: MappedItem, text: string) => void> = {
  'contact.name': (item, text) => void (item.contact.name = text),
  'contact.utm.source': (item, text) => void (item.contact.utm.source = text),
  'contact.utm.medium': (item, text) => void (item.contact.utm.medium = text),
  'contact.utm.campaign': (item, text) => void (item.contact.utm.campaign = text),
  'contact.utm.content': (item, text) => void (item.contact.utm.content = text),
  'contact.utm.term': (item, text) => void (item.contact.utm.term = text),
  'deal.title': (item, text) => void (item.deal.title = text),
  'deal.product': (item, text) => void (item.deal.product = text),
  'deal.externalId': (item, text) => void (item.deal.externalId = text),
  'deal.stage': (item, text) => void (item.deal.stage = text),
  'deal.lostReason': (item, text) => void (item.deal.lostReason = text),
  'deal.owner': (item, text) => void (item.deal.owner = text),
};

function textSetter(target: TextTarget): (item: MappedItem, text: string) => void {
  const set = SET_TEXT[target];
  return (item, text) => set(item, limited(item, target, text, MAX_TEXT));
}

function addAlternative<T>(item: MappedItem, field: string, list: T[], added: T): void {
  if (list.some((known) => isSame(known, added))) return;
  if (list.length < MAX_ALTERNATIVES) list.push(added);
  else warn(item, field, 'too_many', `Only the first ${MAX_ALTERNATIVES} were taken.`);
}

function isSame(one: unknown, other: unknown): boolean {
  return typeof one === 'string' ? one === other : JSON.stringify(one) === JSON.stringify(other);
}

type Take<T> = (item: MappedItem, value: T) => void;

function runner<T>(rule: FieldRule, convert: Convert<T>, take: Take<T>): RunRule {
  const readers = rule.from.map(compileSource);
  const run = rule.take === 'all' ? runAll : runFirst;
  return (state, item) => run(rule.target, readers, convert, take, state, item);
}

function runFirst<T>(
  field: string,
  readers: readonly Reader[],
  convert: Convert<T>,
  take: Take<T>,
  state: ReadState,
  item: MappedItem,
): void {
  let failed: Extract<Conversion<T>, { kind: 'bad' }> | null = null;
  for (const read of readers) {
    const payload = read(state);
    if (payload === undefined || isEmpty(payload)) continue;
    const converted = convert(payload, state);
    if (converted.kind === 'none') return;
    if (converted.kind === 'value') return take(item, converted.value);
    if (failed?.kept === undefined) failed = converted.kept === undefined ? (failed ?? converted) : converted;
  }
  if (failed === null) return;
  warn(item, field, failed.code, failed.detail);
  if (failed.kept !== undefined) take(item, failed.kept);
}

/** Every source, and every member of a list that one leads to; what is unusable is left out with a warning. */
function runAll<T>(
  field: string,
  readers: readonly Reader[],
  convert: Convert<T>,
  take: Take<T>,
  state: ReadState,
  item: MappedItem,
): void {
  for (const read of readers) {
    const payload = read(state);
    if (payload === undefined || isEmpty(payload)) continue;
    for (const member of Array.isArray(payload) ? payload : [payload]) {
      if (isEmpty(member)) continue;
      const converted = convert(member, state);
      if (converted.kind === 'value') take(item, converted.value);
      if (converted.kind !== 'bad') continue;
      warn(item, field, converted.code, converted.detail);
      if (converted.kept !== undefined) take(item, converted.kept);
    }
  }
}
