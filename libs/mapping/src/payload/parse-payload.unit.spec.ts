import { describe, expect, it } from '@jest/globals';
import { parsePayload, parseQuery } from './parse-payload.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

function parse(body: string | Buffer, contentType: string | null = JSON_TYPE, query = '') {
  return parsePayload({ contentType, rawBody: Buffer.from(body), query });
}

function payloadOf(body: string | Buffer, contentType: string | null = JSON_TYPE, query = ''): unknown {
  const parsed = parse(body, contentType, query);
  return parsed.kind === 'parsed' ? parsed.payload : parsed;
}

describe('JSON bodies', () => {
  it('keeps integers beyond 2^53, long decimals and huge exponents as the text that was sent', () => {
    const body = '{"id":9007199254740993,"price":12345678901.123456789,"big":1e400,"tiny":1e-400,"safe":5000000000001}';
    expect(payloadOf(body)).toEqual({
      id: '9007199254740993',
      price: '12345678901.123456789',
      big: '1e400',
      tiny: '1e-400',
      safe: 5000000000001,
    });
  });

  it('keeps numbers that a double holds exactly as numbers, though others in the body are not', () => {
    expect(payloadOf('{"long":12345678901234567890,"a":297.0,"b":0.10,"c":-1.5e3,"d":0,"e":9007199254740991}')).toEqual(
      {
        long: '12345678901234567890',
        a: 297,
        b: 0.1,
        c: -1500,
        d: 0,
        e: 9007199254740991,
      },
    );
  });

  it('lets the last of duplicate keys win', () => {
    expect(payloadOf('{"a":1,"a":2}')).toEqual({ a: 2 });
  });

  it('drops __proto__ at every level and keeps constructor as plain data', () => {
    const payload = payloadOf('{"__proto__":{"x":1},"a":{"\\u005f_proto__":{"x":1},"constructor":"c"}}');
    expect(JSON.stringify(payload)).toBe('{"a":{"constructor":"c"}}');
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype);
  });

  it('opens JSON inside a string field and leaves text that merely looks like it', () => {
    expect(
      payloadOf('{"data":"{\\"email\\":\\"a@b\\",\\"id\\":9007199254740993}","note":"{sic}","list":"[1]"}'),
    ).toEqual({
      data: { email: 'a@b', id: '9007199254740993' },
      note: '{sic}',
      list: '[1]',
    });
    expect(payloadOf('"{\\"a\\":1}"')).toEqual({ a: 1 });
  });

  it.each([
    ['UTF-8 with a byte order mark', Buffer.from('\ufeff{"n":"José"}'), JSON_TYPE],
    ['UTF-16 with a byte order mark', Buffer.from('\ufeff{"n":"José"}', 'utf16le'), JSON_TYPE],
    ['declared latin1', Buffer.from('{"n":"José"}', 'latin1'), 'application/json; charset=ISO-8859-1'],
    ['latin1 under a UTF-8 label', Buffer.from('{"n":"José"}', 'latin1'), 'application/json; charset="utf-8"'],
    ['no content type', Buffer.from('{"n":"José"}'), null],
    ['a form content type', Buffer.from('{"n":"José"}'), FORM_TYPE],
    ['text/plain', Buffer.from(' {"n":"José"}\n'), 'text/plain;charset=UTF-8'],
  ])('reads JSON as %s', (_name, body, contentType) => {
    expect(payloadOf(body, contentType)).toEqual({ n: 'José' });
  });

  it('says where broken JSON breaks, without quoting it', () => {
    const parsed = parse('{"email":"marina@example.com", oops}');
    expect(parsed).toMatchObject({ kind: 'unreadable', reason: 'malformed_json' });
    expect(JSON.stringify(parsed)).not.toMatch(/marina|oops/);
  });

  it('refuses nesting without end, however large the body', () => {
    const deep = '{"a":'.repeat(200_000) + '1' + '}'.repeat(200_000);
    expect(parse(deep)).toMatchObject({ kind: 'unreadable', reason: 'too_deep' });
    expect(parse(`[9007199254740993,${'['.repeat(100_000)}${']'.repeat(100_000)}]`)).toMatchObject({
      reason: 'too_deep',
    });
  });

  it('refuses a single value without fields', () => {
    expect(parse('42')).toMatchObject({ kind: 'unreadable', reason: 'no_fields' });
  });
});

describe('form bodies', () => {
  it('nests brackets, appends [] and lets the last of duplicates win, as PHP does', () => {
    const form = 'a[b][c]=1&l[]=x&l[]=y&p[][n]=1&p[][n]=2&d=1&d=2&s[5]=five&k[0]=a&k[1]=b&e=&flag';
    expect(payloadOf(form, FORM_TYPE)).toEqual({
      a: { b: { c: '1' } },
      l: ['x', 'y'],
      p: [{ n: '1' }, { n: '2' }],
      d: '2',
      s: { '5': 'five' },
      k: ['a', 'b'],
      e: '',
      flag: '',
    });
  });

  it('keeps the dots, blanks and odd brackets of names', () => {
    expect(payloadOf('Seu+nome=M&a.b=1&a%5Bb=2&x]=3&%5Bq%5D=4', FORM_TYPE)).toEqual({
      'Seu nome': 'M',
      'a.b': '1',
      'a[b': '2',
      'x]': '3',
      '[q]': '4',
    });
  });

  it('decodes UTF-8, latin1 under any label, and keeps percent signs that encode nothing', () => {
    expect(payloadOf('a=Jos%C3%A9&b=Jos%E9&c=100%&d=%zz+%41', FORM_TYPE)).toEqual({
      a: 'José',
      b: 'José',
      c: '100%',
      d: '%zz A',
    });
    expect(payloadOf('a=Jos%E9', `${FORM_TYPE}; charset=iso-8859-1`)).toEqual({ a: 'José' });
  });

  it('is recognised under a wrong or missing content type', () => {
    expect(payloadOf('email=a%40b.c&x=1', JSON_TYPE)).toEqual({ email: 'a@b.c', x: '1' });
    expect(payloadOf('email=a%40b.c', null)).toEqual({ email: 'a@b.c' });
  });

  it('never touches a prototype', () => {
    const payload = payloadOf('__proto__[x]=1&a[__proto__][x]=1&constructor[prototype][x]=1', FORM_TYPE);
    expect(payload).toEqual({ a: [], constructor: { prototype: { x: '1' } } });
    expect(Reflect.get({}, 'x')).toBeUndefined();
  });

  it('bounds depth and number of fields', () => {
    expect(parse(`a${'[b]'.repeat(100)}=1`, FORM_TYPE)).toMatchObject({ reason: 'too_deep' });
    expect(parse('a=1&'.repeat(6_000), FORM_TYPE)).toMatchObject({ reason: 'too_many_fields' });
  });
});

describe('requests without a body', () => {
  it('take the query string as the payload', () => {
    expect(parse('', null, '?name=Marina&utm[source]=ig')).toEqual({
      kind: 'parsed',
      format: 'query',
      payload: { name: 'Marina', utm: { source: 'ig' } },
    });
  });

  it('are empty without a query string: a link preview', () => {
    expect(parse(' \n', null, '')).toEqual({ kind: 'empty' });
  });

  it('a body wins over the query string', () => {
    expect(payloadOf('{"a":1}', JSON_TYPE, 'signature=x')).toEqual({ a: 1 });
  });
});

describe('other bodies', () => {
  it.each([
    ['XML', '<a/>', 'application/xml', 'unsupported_media_type'],
    ['plain text', 'hello there', 'text/plain', 'unsupported_media_type'],
    ['an unknown charset', '{"a":1}', 'application/json; charset=klingon', 'unsupported_charset'],
  ])('%s is unreadable, with a reason', (_name, body, contentType, reason) => {
    expect(parse(body, contentType)).toMatchObject({ kind: 'unreadable', reason });
  });

  it('a query string beyond all bounds has no fields', () => {
    expect(parseQuery('a=1&'.repeat(6_000))).toEqual({});
  });
});
