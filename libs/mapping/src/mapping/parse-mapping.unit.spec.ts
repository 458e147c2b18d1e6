import { describe, expect, it } from '@jest/globals';
import { compileMapping } from './compile-mapping.js';
import type { Mapping } from './mapping.js';
import { parseMapping } from './parse-mapping.js';

const everything: Mapping = {
  items: 'data.items',
  fields: [
    { target: 'contact.name', from: ['a', { constant: 'x' }, { header: 'X-Name' }, { query: 'name' }] },
    {
      target: 'contact.phone',
      from: [{ concat: ['a', { constant: '1' }], separator: '', requireAll: true }],
      transforms: [{ kind: 'phone', country: 'PT', countryFrom: ['c'] }],
    },
    {
      target: 'contact.email',
      from: [{ like: ['email'], in: ['', 'x'], label: ['id'], value: ['v'], match: 'word', except: ['y'] }],
      take: 'all',
      transforms: [{ kind: 'trim' }, { kind: 'lower' }, { kind: 'first' }],
    },
    { target: 'deal.value', from: ['v'], transforms: [{ kind: 'money', unit: 'minor', decimalSeparator: ',' }] },
    {
      target: 'deal.status',
      from: ['s'],
      transforms: [{ kind: 'statusTable', table: { paid: 'WON', x: null }, default: null }],
    },
    {
      target: 'deal.customFields.a.b c',
      from: ['d'],
      transforms: [{ kind: 'date', format: 'local', timeZone: 'UTC' }],
    },
    {
      target: 'deal.tags',
      from: ['t'],
      transforms: [
        { kind: 'split', separators: '|' },
        { kind: 'join', separator: ', ' },
      ],
    },
  ],
  collect: [
    {
      into: 'deal.customFields',
      in: 'x',
      prefix: 'p_',
      titles: { in: '$.q', id: 'id', title: 't', of: 'f' },
      label: ['l'],
      value: ['v'],
      except: ['e'],
      skip: { path: 't', in: ['step'] },
    },
  ],
};

function errorsOf(data: unknown): string[] {
  const parsed = parseMapping(data);
  return parsed.kind === 'invalid' ? parsed.errors.map(({ place, detail }) => `${place}: ${detail}`) : [];
}

describe('mappings from outside', () => {
  it('come back as they were, through JSON too, and compile', () => {
    const data: unknown = JSON.parse(JSON.stringify(everything));
    expect(parseMapping(data)).toEqual({ kind: 'mapping', mapping: everything });
    expect(compileMapping(everything)).toBeInstanceOf(Function);
  });

  it('have all their mistakes listed at once, each with its place', () => {
    const errors = errorsOf({
      items: 'a..b',
      extra: 1,
      fields: [
        { target: 'contact.nmae', from: ['a'] },
        { target: 'contact.name', from: [] },
        { target: 'deal.value', from: ['a[', 7, {}], transforms: [{ kind: 'money' }, { kind: 'nope' }] },
        { target: 'deal.status', from: ['s'], transforms: [{ kind: 'statusTable', table: { paid: 'SOLD' } }] },
        { target: 'contact.customFields.d', from: ['d'], transforms: [{ kind: 'date', timeZone: 'Mars' }] },
        { target: 'contact.email', from: ['a'] },
        { target: 'contact.email', from: ['b'] },
      ],
      collect: [{ into: 'somewhere', prefix: '' }],
    });
    const places = errors.map((error) => error.slice(0, error.indexOf(': ')));
    expect(places.sort()).toEqual([
      'collect[0].into',
      'collect[0].prefix',
      'extra',
      'fields',
      'fields[0].target',
      'fields[1].from',
      'fields[2].from[0]',
      'fields[2].from[1]',
      'fields[2].from[2]',
      'fields[2].transforms[0].unit',
      'fields[2].transforms[1].kind',
      'fields[3].transforms[0].table["paid"]',
      'fields[4].transforms[0].timeZone',
      'items',
    ]);
  });

  it.each([[null], ['x'], [[]], [{}], [{ fields: 'x' }], [{ fields: [null] }]])('%j is refused', (data) => {
    expect(errorsOf(data)).not.toEqual([]);
  });

  it('are bounded', () => {
    const many = Array.from({ length: 201 }, (_, index) => ({ target: `contact.customFields.${index}`, from: ['a'] }));
    expect(errorsOf({ fields: many })).toEqual(['fields: must have at most 200 elements']);
    let nested: unknown = 'a';
    for (let level = 0; level < 50; level++) nested = { concat: [nested] };
    expect(errorsOf({ fields: [{ target: 'contact.name', from: [nested] }] }).join()).toMatch(/nested too deeply/);
  });
});
