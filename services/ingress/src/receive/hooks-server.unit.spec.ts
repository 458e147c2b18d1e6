import { describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics, HealthRegistry } from '@ponte/service-kit';
import { accepted, problemAnswer, unknownToken } from './answers.js';
import { createHooksServer } from './hooks-server.js';

const REQUEST = '01900000-0000-7000-8000-000000000001';
const OCCURRENCE = '01900000-0000-7000-8000-000000000002';

describe('the log line of a request to a hook', () => {
  it('has the id that the sender was told, and never the token', async () => {
    const lines: string[] = [];
    const server = createHooksServer({
      receiver: {
        receive: ({ token }) =>
          Promise.resolve(token === 'known' ? accepted(REQUEST) : problemAnswer(unknownToken, OCCURRENCE)),
        refuse: (_request, problem) => Promise.resolve(problemAnswer(problem, OCCURRENCE)),
      },
      log: createLogger({ name: 'ingress', level: 'info', stream: { write: (line) => void lines.push(line) } }),
      metrics: createMetrics('ingress'),
      health: new HealthRegistry(),
    });
    try {
      const taken = await server.inject({ method: 'POST', url: '/in/known', payload: '{}' });
      expect(taken.json()).toEqual({ status: 'accepted', requestId: REQUEST });
      const refused = await server.inject({ method: 'POST', url: '/in/guessed', payload: '{}' });
      expect(refused.json()).toMatchObject({ instance: `urn:uuid:${OCCURRENCE}` });
    } finally {
      await server.close();
    }
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { route: '/in/:token', status: 200, inboundRequestId: REQUEST },
      { route: '/in/:token', status: 404, inboundRequestId: OCCURRENCE },
    ]);
    expect(lines.join('')).not.toMatch(/known"|guessed/);
  });
});
