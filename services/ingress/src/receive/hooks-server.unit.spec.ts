import { describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics, HealthRegistry, type LogLevel } from '@ponte/service-kit';
import { accepted, problemAnswer, unknownToken } from './answers.js';
import { createHooksServer } from './hooks-server.js';

const REQUEST = '01900000-0000-7000-8000-000000000001';
const OCCURRENCE = '01900000-0000-7000-8000-000000000002';

/** Posts to a hook that is known, and to one that is not. */
async function linesOf(level: LogLevel): Promise<string[]> {
  const lines: string[] = [];
  const server = createHooksServer({
    receiver: {
      receive: ({ token }) =>
        Promise.resolve(token === 'known' ? accepted(REQUEST) : problemAnswer(unknownToken, OCCURRENCE)),
      refuse: (_request, problem) => Promise.resolve(problemAnswer(problem, OCCURRENCE)),
    },
    log: createLogger({ name: 'ingress', level, stream: { write: (line) => void lines.push(line) } }),
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
  return lines;
}

const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as unknown);

describe('the log line of a request to a hook', () => {
  it('has the id that the sender was told, and never the token', async () => {
    const lines = await linesOf('debug');
    expect(parsed(lines)).toMatchObject([
      { route: '/in/:token', level: 'debug', status: 200, inboundRequestId: REQUEST },
      { route: '/in/:token', level: 'info', status: 404, inboundRequestId: OCCURRENCE },
    ]);
    expect(lines.join('')).not.toMatch(/known"|guessed/);
  });

  it('is left out where the request succeeded, unless debugging: the history has it', async () => {
    expect(parsed(await linesOf('info'))).toMatchObject([{ status: 404 }]);
  });
});
