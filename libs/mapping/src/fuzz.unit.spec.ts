import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  applyMapping,
  normalizePhone,
  parseMapping,
  parsePath,
  parsePayload,
  PRESETS,
  readDate,
  readMoney,
} from './index.js';

const workspace = { timeZone: 'America/Sao_Paulo', country: 'BR', currency: 'BRL' };
/** Keys that the presets look for, so that values of every shape meet every rule. */
const key = fc.oneof(
  fc.constantFrom(
    'data',
    'buyer',
    'fields',
    'answers',
    'contact_name',
    'contact_email',
    'contact_phone',
    'event',
    'Customer',
  ),
  fc.constantFrom(
    'contact',
    'payload',
    'items',
    'type',
    'id',
    'value',
    '__proto__',
    'constructor',
    'contact_tags',
    'deal_status',
  ),
  fc.string(),
);
const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt().map(String),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('tree')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

/** Some 0.3 s on an idle machine; what grows with the square of the body takes minutes. */
const MAX_MS = 10_000;

function mapWithEveryPreset(body: Buffer, contentType: string | null, query: string): void {
  const parsed = parsePayload({ contentType, rawBody: body, query });
  if (parsed.kind !== 'parsed') return;
  for (const { mapping } of PRESETS) {
    const result = applyMapping(mapping, parsed.payload, workspace);
    // Postgres takes neither NUL nor lone surrogates in jsonb.
    expect(JSON.stringify(result)).not.toMatch(/\\u0000|\\ud[89a-f]/i);
  }
}

describe('whatever arrives', () => {
  it('is parsed and mapped without throwing: JSON', () => {
    fc.assert(
      fc.property(tree, (value) =>
        mapWithEveryPreset(Buffer.from(JSON.stringify(value) ?? ''), 'application/json', ''),
      ),
      {
        numRuns: 300,
      },
    );
  });

  it('is parsed and mapped without throwing: forms and queries', () => {
    const name = fc
      .array(fc.oneof(key, fc.constantFrom('[', ']', '[]', '[a]', '%', '%5B')), { maxLength: 6 })
      .map((parts) => parts.join(''));
    const form = fc
      .array(fc.tuple(name, fc.string()), { maxLength: 12 })
      .map((pairs) => pairs.map((pair) => pair.join('=')).join('&'));
    fc.assert(
      fc.property(form, (text) => {
        mapWithEveryPreset(Buffer.from(text), 'application/x-www-form-urlencoded', '');
        mapWithEveryPreset(Buffer.alloc(0), null, text);
      }),
      { numRuns: 300 },
    );
  });

  it('is parsed without throwing: any bytes under any content type', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), fc.string(), (bytes, contentType, query) =>
        mapWithEveryPreset(Buffer.from(bytes), contentType, query),
      ),
      { numRuns: 500 },
    );
  });

  it('gives the same result for the same payload', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const body = Buffer.from(JSON.stringify({ data: value }));
        const run = () => parsePayload({ contentType: null, rawBody: body, query: '' });
        expect(run()).toEqual(run());
      }),
      { numRuns: 100 },
    );
  });

  it('paths, mappings, phones, amounts and dates never throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), tree, fc.double(), (text, value, number) => {
        parsePath(text);
        parsePath(`a[${text}].b`);
        parseMapping(value);
        parseMapping({ fields: [value, { target: text, from: [value] }] });
        normalizePhone(text, 'BR');
        normalizePhone(`+${text}`, text);
        readMoney(text, { unit: 'minor', decimalSeparator: 'auto' }, 'BRL');
        readMoney(number, { unit: 'decimal', decimalSeparator: 'auto' }, text);
        readDate(text, 'auto', text);
        readDate(number, 'auto', 'UTC');
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['1 MB of brackets', '['.repeat(1_000_000)],
    ['1 MB of nested objects', '{"a":'.repeat(200_000)],
    ['1 MB of blanks in a field', `{"email":"{${' '.repeat(1_000_000)}x"}`],
    ['1 MB of members', `{${Array.from({ length: 60_000 }, (_, index) => `"contact_${index}":"x"`).join()}}`],
    ['1 MB of form brackets', `a${'[]'.repeat(500_000)}=1`],
    ['1 MB of form fields', 'contact_a=1&'.repeat(80_000)],
    ['1 MB of one label', `{"${'ã- '.repeat(300_000)}":"x"}`],
    [
      '1 MB of answers',
      `{"fields":[${'{"title":"Nome","value":""},'.repeat(35_000)}{}],"answers":[${'[],'.repeat(5_000)}[]]}`,
    ],
    ['1 MB of digits', `{"contact_phone":"${'9'.repeat(1_000_000)}","deal_value":"${'1,'.repeat(10_000)}"}`],
  ])('%s cost no more than their parsing', (_name, body) => {
    const started = performance.now();
    mapWithEveryPreset(Buffer.from(body), body.startsWith('{') || body.startsWith('[') ? 'application/json' : null, '');
    expect(performance.now() - started).toBeLessThan(MAX_MS);
  });
});
