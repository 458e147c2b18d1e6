import { describe, expect, it } from '@jest/globals';
import { parsePayload } from './parse-payload.js';

const BOUNDARY = '----FormBoundaryQ7x';
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

function part(disposition: string, content: string | Buffer, more = ''): Buffer {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from('\r\n')]);
}

function body(...parts: Buffer[]): Buffer {
  return Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

function parse(rawBody: Buffer, contentType: string | null = TYPE) {
  return parsePayload({ contentType, rawBody, query: '' });
}

function payloadOf(rawBody: Buffer, contentType: string | null = TYPE): unknown {
  const parsed = parse(rawBody, contentType);
  return parsed.kind === 'parsed' ? parsed.payload : parsed;
}

describe('multipart forms', () => {
  it('have their fields under their names, brackets nested, line breaks and dashes kept', () => {
    const form = body(
      part('name="contact[email]"', 'marina@example.com'),
      part('name="note"', 'a\r\n--\r\nb\r\n'),
      part('name="empty"', ''),
      part('name="tags[]"', 'x'),
      part('name="tags[]"', 'y'),
    );
    expect(payloadOf(form)).toEqual({
      contact: { email: 'marina@example.com' },
      note: 'a\r\n--\r\nb\r\n',
      empty: '',
      tags: ['x', 'y'],
    });
  });

  it('open the JSON that a tool put into a field', () => {
    const json = '{"q3_email":"marina@example.com","id":9007199254740993}';
    expect(payloadOf(body(part('name="rawRequest"', json)))).toEqual({
      rawRequest: { q3_email: 'marina@example.com', id: '9007199254740993' },
    });
  });

  it('take the name of a file and not its bytes', () => {
    const file = part(
      'name="cv"; filename="cv \\"1\\".pdf"',
      Buffer.from([0, 255, 13, 10, 45, 45]),
      'Content-Type: x/y\r\n',
    );
    expect(payloadOf(body(file, part('name=plain', 'p')))).toEqual({ cv: 'cv "1".pdf', plain: 'p' });
  });

  it('are decoded by the charset of the part, or by their bytes', () => {
    const declared = part(
      'name="a"',
      Buffer.from('José', 'latin1'),
      'Content-Type: text/plain; charset=ISO-8859-1\r\n',
    );
    expect(payloadOf(body(declared, part('name="nome_é"', 'José')))).toEqual({ a: 'José', nome_é: 'José' });
  });

  it('are recognised with a quoted boundary, with a preamble, with bare line feeds, and under another content type', () => {
    const form = body(part('name="a"', '1'));
    const expected = { a: '1' };
    expect(payloadOf(form, `Multipart/Form-Data; charset=utf-8; Boundary="${BOUNDARY}"`)).toEqual(expected);
    expect(payloadOf(Buffer.concat([Buffer.from('preamble\r\n'), form]))).toEqual(expected);
    expect(payloadOf(Buffer.from(form.toString().replaceAll('\r\n', '\n')))).toEqual(expected);
    expect(payloadOf(form, 'application/json')).toEqual(expected);
    expect(payloadOf(form, null)).toEqual(expected);
    expect(payloadOf(form, 'multipart/form-data')).toEqual(expected);
  });

  it.each([
    ['that are cut off', body(part('name="a"', 'marina@example.com')).subarray(0, -8)],
    ['without an end of a head', Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="a"`)],
    ['without any part', Buffer.from('hello')],
  ])('%s are unreadable, and nothing of them is quoted', (_name, form) => {
    const parsed = parse(form);
    expect(parsed).toMatchObject({ kind: 'unreadable', reason: 'malformed_form' });
    expect(JSON.stringify(parsed)).not.toMatch(/marina|hello/);
  });

  it('without a boundary are unreadable', () => {
    expect(parse(Buffer.from('hello'), 'multipart/mixed')).toMatchObject({ reason: 'unsupported_media_type' });
  });

  it('are bounded in their parts, with a name or without', () => {
    const named = body(...Array.from({ length: 6_000 }, () => part('name="a"', '1')));
    expect(parse(named)).toMatchObject({ reason: 'too_many_fields' });
    const nameless = Buffer.from(`--${BOUNDARY}\r\n\r\n\r\n`.repeat(6_000));
    expect(parse(nameless)).toMatchObject({ reason: 'too_many_fields' });
  });

  it('keep what is nearly a delimiter', () => {
    const nearly = `\r\n--${BOUNDARY.slice(0, -1)}`.repeat(1_000);
    expect(payloadOf(body(part('name="a"', nearly)))).toEqual({ a: nearly });
  });
});
