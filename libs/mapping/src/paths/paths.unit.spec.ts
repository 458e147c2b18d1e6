import { describe, expect, it } from '@jest/globals';
import type { PayloadValue } from '../payload/payload-value.js';
import { parsePath } from './path.js';
import { readPath } from './read-path.js';

const payload: PayloadValue = {
  data: { buyer: { email: 'm@example.com' }, 'a.b': 1, 'it"s]': 2 },
  items: [
    { name: 'one', tags: ['x', 'y'] },
    { name: 'two', tags: ['z'] },
  ],
  answers: [
    { field: { ref: 'nome', type: 'short_text' }, text: 'Marina' },
    { field: { ref: 'e-mail=x' }, email: 'm@example.com', title: 'Seu melhor E-MAIL é?' },
  ],
  fields: { f1: { type: 'tel', value: '11' }, f2: { type: 'email', value: 'a@b' } },
  'Nome completo': 'Marina Teste',
  numbers: { '0': 'zero' },
  flag: false,
};

function read(text: string, item: PayloadValue = payload): PayloadValue | undefined {
  const result = parsePath(text);
  if (result.kind === 'bad_path') throw new Error(result.detail);
  return readPath(result.path, item, payload);
}

describe('field paths', () => {
  it.each<[string, PayloadValue | undefined]>([
    ['data.buyer.email', 'm@example.com'],
    ['Nome completo', 'Marina Teste'],
    ['data["a.b"]', 1],
    [String.raw`data["it\"s]"]`, 2],
    ["data['a.b']", 1],
    ['items[0].name', 'one'],
    ['items[-1].name', 'two'],
    ['items.1.name', 'two'],
    ['numbers[0]', 'zero'],
    ['items[7].name', undefined],
    ['items[-7].name', undefined],
    ['items.length', undefined],
    ['items[*].name', ['one', 'two']],
    ['items[*].tags', ['x', 'y', 'z']],
    ['answers[field.ref=nome].text', 'Marina'],
    ['answers[field.ref="e-mail=x"].email', 'm@example.com'],
    ['answers[title~=email].email', 'm@example.com'],
    ['answers[title~="MELHOR e-mail e"].email', 'm@example.com'],
    ['fields[type=email].value', 'a@b'],
    ['fields[type=none].value', undefined],
    ['data.constructor', undefined],
    ['data.__proto__.x', undefined],
    ['flag', false],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('begin at the item, and with $ at the whole payload', () => {
    const item: PayloadValue = { name: 'item' };
    expect(read('name', item)).toBe('item');
    expect(read('$.data.buyer.email', item)).toBe('m@example.com');
    expect(read('$', item)).toBe(payload);
    expect(read('[1].name', [{ name: 'a' }, { name: 'b' }])).toBe('b');
  });

  it.each([
    ['', /empty/],
    ['a..b', /character 3: a name is missing/],
    ['a.', /a name is missing/],
    ['a[', /not closed/],
    ['a["b]', /quote is not closed/],
    ['a[b]', /index, \*/],
    ['a]b', /quote such a name/],
    ['a[0]b', /expected \./],
    ['a[=x]', /index/],
    ['$.', /missing/],
    ['a[b~=?]', /no words/],
    ['a[b[*]=x]', /bracket|plain|index|character/],
    ['a'.repeat(501), /500/],
    ['a.'.repeat(100) + 'a', /steps/],
  ])('a bad path is refused with its place: %s', (text, detail) => {
    const result = parsePath(text);
    expect(result.kind === 'bad_path' ? result.detail : 'accepted').toMatch(detail);
  });
});
