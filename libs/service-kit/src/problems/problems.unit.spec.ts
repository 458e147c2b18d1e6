import {
  BadRequestException,
  ForbiddenException,
  InternalServerErrorException,
  NotFoundException,
} from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { DatabaseUnavailable, isInfrastructureError } from '../database/index.js';
import { asProblem, conflict, invalid, notFound, Problem, unauthorized, unavailable } from './index.js';

describe('a problem', () => {
  it('is written as RFC 9457 says, with a code and the id of its occurrence', () => {
    const document = invalid('Some fields are not valid.', [{ field: 'name', messages: ['is empty'] }]).document(
      '7f3c',
    );
    expect(document).toEqual({
      type: 'urn:ponte:problem:invalid',
      title: 'Invalid request',
      status: 400,
      detail: 'Some fields are not valid.',
      instance: 'urn:uuid:7f3c',
      code: 'invalid',
      errors: [{ field: 'name', messages: ['is empty'] }],
    });
  });

  it('cannot be made to lie about its status by further members', () => {
    const problem = new Problem({ status: 409, code: 'x', title: 'X', extra: { status: 200, code: 'ok' } });
    expect(problem.document('1')).toMatchObject({ status: 409, code: 'x' });
  });

  it('says when to come back, and how to sign in', () => {
    expect(unavailable('Appends are held.', 7).headers).toEqual({ 'retry-after': '7' });
    expect(unauthorized().headers['www-authenticate']).toBe('Bearer');
    expect(unauthorized('the token has expired').headers['www-authenticate']).toContain('error="invalid_token"');
  });
});

describe('anything thrown becomes a problem', () => {
  const answered = (error: unknown) => {
    const { status, code, detail } = asProblem(error);
    return { status, code, detail };
  };

  it('a problem as it is', () => {
    const problem = conflict('stage_in_use', 'It has deals.');
    expect(asProblem(problem)).toBe(problem);
    expect(answered(notFound('deal'))).toEqual({ status: 404, code: 'not_found', detail: 'There is no such deal.' });
  });

  it('an exception of Nest by its status', () => {
    expect(answered(new NotFoundException('Cannot GET /x'))).toEqual({
      status: 404,
      code: 'not_found',
      detail: 'Cannot GET /x',
    });
    expect(answered(new BadRequestException('no'))).toMatchObject({ status: 400, code: 'invalid' });
    expect(answered(new ForbiddenException())).toMatchObject({ status: 403, code: 'forbidden' });
    expect(answered(new InternalServerErrorException('secret'))).toMatchObject({ status: 500, detail: undefined });
  });

  it('an error of Fastify by its status, but only where the client is to blame', () => {
    expect(answered(Object.assign(new Error('Body is too large'), { statusCode: 413 }))).toMatchObject({
      status: 413,
      code: 'too_large',
    });
    expect(answered(Object.assign(new Error('boom at 10.0.0.1'), { statusCode: 500 }))).toEqual({
      status: 500,
      code: 'internal',
      detail: undefined,
    });
  });

  it('a failed schema as a list of fields', () => {
    const validation = [
      { instancePath: '/items/0/name', message: 'must be string' },
      { instancePath: '', message: "must have required property 'id'" },
    ];
    expect(asProblem(Object.assign(new Error('body'), { statusCode: 400, validation })).extra).toEqual({
      errors: [
        { field: 'items.0.name', messages: ['must be string'] },
        { field: '', messages: ["must have required property 'id'"] },
      ],
    });
  });

  it('a failure of the surroundings as 503, anything else as 500, neither with internals', () => {
    const lost = new DatabaseUnavailable('lost', 'db-1.internal is gone', 'unknown');
    expect(asProblem(lost).headers).toEqual({ 'retry-after': '5' });
    expect(JSON.stringify(asProblem(lost).document('1'))).not.toContain('db-1');
    expect(answered(new Error('hunter2'))).toEqual({ status: 500, code: 'internal', detail: undefined });
    expect(answered('a text')).toMatchObject({ status: 500 });
  });
});

describe('an infrastructure error', () => {
  it('is one of the network, of a wrapped cause, or says so itself', () => {
    expect(isInfrastructureError(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).toBe(true);
    expect(
      isInfrastructureError(new Error('wrapped', { cause: Object.assign(new Error('x'), { code: 'EPIPE' }) })),
    ).toBe(true);
    expect(isInfrastructureError(Object.assign(new Error('x'), { infrastructure: true }))).toBe(true);
    expect(isInfrastructureError(Object.assign(new Error('x'), { code: 'ECONNRESET', infrastructure: false }))).toBe(
      false,
    );
  });

  it('is never a bug or bad data', () => {
    expect(isInfrastructureError(new TypeError('x is not a function'))).toBe(false);
    expect(isInfrastructureError(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe(false);
    expect(isInfrastructureError('ECONNREFUSED')).toBe(false);
    const circular: Error = new Error('x');
    circular.cause = circular;
    expect(isInfrastructureError(circular)).toBe(false);
  });

  it('of Kafka depends on whether a record is to blame', () => {
    const kafkaError = (kind: string) => Object.assign(new Error('x'), { name: 'KafkaError', kind });
    expect(isInfrastructureError(kafkaError('unavailable'))).toBe(true);
    expect(isInfrastructureError(kafkaError('record_too_large'))).toBe(false);
  });
});
