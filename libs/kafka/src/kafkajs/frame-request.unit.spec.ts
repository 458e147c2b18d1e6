import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { frameRequest } from './frame-request.js';

// Kafkajs' own, from before anything was replaced.
const theirs = createRequire(import.meta.url)('kafkajs/src/protocol/request.js') as typeof frameRequest;

describe('a request', () => {
  it.each(['ponte-deals', 'é', '', null])('is framed as kafkajs frames it, from %p', async (clientId) => {
    const body = randomBytes(5_000);
    const encode = () => Promise.resolve({ buf: body, buffer: body });
    const framed = { correlationId: 77, clientId, request: { apiKey: 0, apiVersion: 7, encode } };
    expect((await frameRequest(framed)).buffer.toString('hex')).toBe((await theirs(framed)).buffer.toString('hex'));
  });
});
