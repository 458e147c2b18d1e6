import { describe, expect, it } from '@jest/globals';
import type { PayloadValue } from '../payload/payload-value.js';
import { applyMapping } from './compile-mapping.js';
import { extendMapping } from './extend-mapping.js';
import type { MappedItem } from './mapped.js';
import type { FieldRule, Mapping } from './mapping.js';

const workspace = { timeZone: 'America/Sao_Paulo', country: 'BR', currency: 'BRL' };

function map(mapping: Mapping, payload: PayloadValue, request = {}): MappedItem {
  const { items } = applyMapping(mapping, payload, { ...workspace, ...request });
  const [item] = items;
  if (item === undefined) throw new Error('no item');
  return item;
}

function mapField(rule: FieldRule, payload: PayloadValue, request = {}): MappedItem {
  return map({ fields: [rule] }, payload, request);
}

describe('sources', () => {
  it('are tried in order, and an empty one counts as missing', () => {
    const rule: FieldRule = { target: 'contact.name', from: ['a', 'b', 'c', { constant: 'none' }] };
    expect(mapField(rule, { a: ' ', b: null, c: ' Marina ' }).contact.name).toBe('Marina');
    expect(mapField(rule, { a: [], b: {} }).contact.name).toBe('none');
  });

  it('that cannot be used give way to the next, and warn only where none can', () => {
    const rule: FieldRule = { target: 'contact.email', from: ['a', 'b'] };
    const good = mapField(rule, { a: 'nope', b: 'm@example.com' });
    expect([good.contact.emails, good.warnings]).toEqual([['m@example.com'], []]);
    const bad = mapField(rule, { a: 'nope', b: 'neither' });
    expect(bad.contact.emails).toEqual([]);
    expect(bad.warnings).toEqual([
      { field: 'contact.email', code: 'invalid_email', detail: 'The value is not an e-mail address.' },
    ]);
  });

  it('may be headers, the query string, or several parts joined', () => {
    const request = { headers: { 'x-shop': 'loja' }, query: { utm: { source: 'ig' } } };
    expect(mapField({ target: 'deal.product', from: [{ header: 'X-Shop' }] }, {}, request).deal.product).toBe('loja');
    expect(
      mapField({ target: 'contact.utm.source', from: [{ query: 'utm.source' }] }, {}, request).contact.utm,
    ).toEqual({
      source: 'ig',
    });
    const name: FieldRule = { target: 'contact.name', from: [{ concat: ['first', 'last'] }] };
    expect(mapField(name, { first: 'Marina', last: ' Teste' }).contact.name).toBe('Marina Teste');
    expect(mapField(name, { last: 'Teste' }).contact.name).toBe('Teste');
  });

  it('take all where the rule says so', () => {
    const rule: FieldRule = { target: 'contact.email', from: ['main', 'others', 'main'], take: 'all' };
    const item = mapField(rule, { main: 'a@b.c', others: ['d@e.f', 'bad', ''] });
    expect(item.contact.emails).toEqual(['a@b.c', 'd@e.f']);
    expect(item.warnings.map(({ code }) => code)).toEqual(['invalid_email']);
  });

  it('found by name ignore case, accents and separators, whole labels before single words', () => {
    const rule: FieldRule = {
      target: 'contact.name',
      from: [{ like: ['nome'], in: ['', 'lead'], match: 'word', except: ['empresa'] }],
    };
    expect(
      mapField(rule, { 'Nome da empresa': 'X', 'Qual é o seu nome?': 'Y', lead: { NOME: 'Z' } }).contact.name,
    ).toBe('Z');
    expect(mapField(rule, { 'Nome da empresa': 'X', 'Qual é o seu nome?': 'Y' }).contact.name).toBe('Y');
    expect(mapField(rule, { 'Nome da empresa': 'X' }).contact.name).toBeNull();
  });
});

describe('transforms', () => {
  it('lower, join, first and split', () => {
    const list = { a: ['X', ' Y '] };
    expect(mapField({ target: 'deal.product', from: ['a'] }, list).deal.product).toBe('X, Y');
    expect(
      mapField(
        { target: 'deal.product', from: ['a'], transforms: [{ kind: 'join', separator: ' + ' }, { kind: 'lower' }] },
        list,
      ).deal.product,
    ).toBe('x + y');
    expect(mapField({ target: 'deal.product', from: ['a'], transforms: [{ kind: 'first' }] }, list).deal.product).toBe(
      'X',
    );
    expect(mapField({ target: 'deal.tags', from: ['t'] }, { t: 'a, b;c,, a' }).deal.tags).toEqual(['a', 'b', 'c']);
    expect(
      mapField(
        { target: 'contact.tags', from: ['t'], transforms: [{ kind: 'split', separators: '|' }] },
        { t: 'a, b|c' },
      ).contact.tags,
    ).toEqual(['a, b', 'c']);
  });

  it('a status table ignores case and accents; null sets none, an unknown value warns', () => {
    const rule: FieldRule = {
      target: 'deal.status',
      from: ['s'],
      transforms: [{ kind: 'statusTable', table: { Concluída: 'WON', pending: 'OPEN', dispute: null } }],
    };
    expect(mapField(rule, { s: ' CONCLUIDA' }).deal.status).toBe('WON');
    expect(mapField(rule, { s: 'dispute' })).toMatchObject({ deal: { status: null }, warnings: [] });
    expect(mapField(rule, { s: 'other' })).toMatchObject({
      deal: { status: null },
      warnings: [{ code: 'unknown_status' }],
    });
    const withDefault: FieldRule = { ...rule, transforms: [{ kind: 'statusTable', table: {}, default: 'OPEN' }] };
    expect(mapField(withDefault, { s: 'other' }).deal.status).toBe('OPEN');
    expect(mapField({ target: 'deal.status', from: ['s'] }, { s: 'Ganho' }).deal.status).toBe('WON');
  });

  it('a phone combines area code and number, and takes its country from the payload', () => {
    const rule: FieldRule = {
      target: 'contact.phone',
      from: [{ concat: ['code', 'number'], separator: '', requireAll: true }, 'number'],
      transforms: [{ kind: 'phone', countryFrom: ['country'] }],
    };
    expect(mapField(rule, { code: '11', number: '900000001' }).contact.phones[0]?.e164).toBe('+5511900000001');
    expect(mapField(rule, { number: '11900000001' }).contact.phones[0]?.e164).toBe('+5511900000001');
    expect(mapField(rule, { code: '11', number: '11900000001' }).contact.phones[0]?.e164).toBe('+5511900000001');
    expect(mapField(rule, { number: '912 000 000', country: 'PT' }).contact.phones[0]?.e164).toBe('+351912000000');
  });

  it('a phone that cannot be dialled is kept as it came, with a warning', () => {
    const item = mapField({ target: 'contact.phone', from: ['p'] }, { p: '900000001' });
    expect(item.contact.phones).toEqual([{ raw: '900000001', e164: null, matchKey: null }]);
    expect(item.warnings).toMatchObject([{ field: 'contact.phone', code: 'invalid_phone' }]);
    expect(mapField({ target: 'contact.phone', from: ['p'] }, { p: '-' }).contact.phones).toEqual([]);
  });

  it('an amount has a currency: its own, else the workspace’s', () => {
    const fields: FieldRule[] = [
      { target: 'deal.value', from: ['cents'], transforms: [{ kind: 'money', unit: 'minor' }] },
      { target: 'deal.currency', from: ['currency'] },
    ];
    expect(map({ fields }, { cents: 1500, currency: 'jpy' }).deal).toMatchObject({ value: '1500', currency: 'JPY' });
    expect(map({ fields }, { cents: 1500 }).deal).toMatchObject({ value: '15.00', currency: 'BRL' });
    expect(map({ fields }, {}).deal).toMatchObject({ value: null, currency: null });
  });

  it('dates without an offset are on clocks of the workspace', () => {
    const rule: FieldRule = { target: 'deal.customFields.quando', from: ['d'], transforms: [{ kind: 'date' }] };
    expect(mapField(rule, { d: '23/11/2026 10:00' }).deal.customFields).toEqual({ quando: '2026-11-23T13:00:00Z' });
    expect(mapField(rule, { d: 'soon' })).toMatchObject({
      deal: { customFields: {} },
      warnings: [{ code: 'invalid_date' }],
    });
  });
});

describe('a bad value', () => {
  it('never stops the rest, and no warning repeats it', () => {
    const secret = 'Segredo da Marina';
    const fields: FieldRule[] = [
      { target: 'contact.name', from: ['o'] },
      { target: 'contact.email', from: ['s'] },
      { target: 'deal.value', from: ['s'] },
      { target: 'deal.currency', from: ['s'] },
      { target: 'deal.status', from: ['s'] },
      { target: 'deal.product', from: ['p'] },
    ];
    const item = map({ fields }, { o: { x: secret }, s: secret, p: 'Curso' });
    expect(item.deal.product).toBe('Curso');
    expect(item.warnings.map(({ code }) => code).sort()).toEqual([
      'invalid_currency',
      'invalid_email',
      'invalid_money',
      'not_text',
      'unknown_status',
    ]);
    expect(JSON.stringify(item.warnings)).not.toContain('Segredo');
  });

  it('text that no store takes is mended', () => {
    const item = mapField({ target: 'contact.name', from: ['n'] }, { n: 'Ma\u0000rina \ud83d' });
    expect(item.contact.name).toBe('Marina \ufffd');
  });

  it('text without end is cut, with a warning', () => {
    const item = mapField({ target: 'contact.name', from: ['n'] }, { n: 'x'.repeat(10_000) });
    expect(item.contact.name).toHaveLength(500);
    expect(item.warnings).toMatchObject([{ field: 'contact.name', code: 'too_long' }]);
  });
});

describe('a list of items', () => {
  const mapping: Mapping = {
    items: 'data.items',
    fields: [
      { target: 'contact.email', from: ['email'] },
      { target: 'deal.externalId', from: ['$.order'] },
    ],
  };

  it('gives one result per element, each with its own warnings; $ is the whole payload', () => {
    const { items } = applyMapping(
      mapping,
      { order: 7, data: { items: [{ email: 'a@b.c' }, { email: 'bad' }] } },
      workspace,
    );
    expect(items.map((item) => [item.index, item.contact.emails, item.deal.externalId, item.warnings.length])).toEqual([
      [0, ['a@b.c'], '7', 0],
      [1, [], '7', 1],
    ]);
  });

  it('that is not there, or is too long, is said', () => {
    expect(applyMapping(mapping, {}, workspace)).toMatchObject({ items: [], warnings: [{ code: 'items_missing' }] });
    const long = applyMapping(mapping, { data: { items: Array.from({ length: 1_001 }, () => ({})) } }, workspace);
    expect([long.items.length, long.warnings[0]?.code]).toEqual([1_000, 'too_many_items']);
  });
});

describe('collecting passes', () => {
  const mapping: Mapping = {
    fields: [
      { target: 'contact.name', from: ['contact_name', 'name'] },
      { target: 'contact.customFields.plano', from: ['plan'] },
    ],
    collect: [{ into: 'contact.customFields', prefix: 'contact_', except: ['contact_id'] }],
  };

  it('take every member with the prefix that no rule has used', () => {
    const item = map(mapping, {
      contact_name: 'Marina',
      contact_cpf: '000',
      contact_id: '1',
      contact_list: ['a', 'b'],
      contact_none: '',
      contact_: 'x',
      other: 'y',
    });
    expect(item.contact.customFields).toEqual({ cpf: '000', list: 'a, b' });
  });

  it('never overwrite an explicit rule', () => {
    expect(map(mapping, { plan: 'gold', contact_plano: 'silver' }).contact.customFields).toEqual({ plano: 'gold' });
  });

  it('are bounded', () => {
    const payload = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`contact_f${index}`, 'x']));
    const item = map(mapping, payload);
    expect(Object.keys(item.contact.customFields)).toHaveLength(200);
    expect(item.warnings.every(({ code }) => code === 'too_many')).toBe(true);
  });
});

describe('an integration’s own rules', () => {
  it('replace the preset’s for the same target and join the others', () => {
    const base: Mapping = {
      fields: [
        { target: 'contact.name', from: ['a'] },
        { target: 'deal.product', from: ['p'] },
      ],
    };
    const own: Mapping = { fields: [{ target: 'contact.name', from: ['b'] }], items: 'list' };
    expect(extendMapping(base, own)).toEqual({
      items: 'list',
      fields: [
        { target: 'deal.product', from: ['p'] },
        { target: 'contact.name', from: ['b'] },
      ],
    });
  });
});
