import { apiFor, text, type Stack } from '@ponte/local';
import type { World } from '../../world/world.js';

const AT_ONCE = 8;

/**
 * Gives a workspace so many outbound integrations more, of the same origin and trigger as its own, each for a tag that no
 * payload of the load has.
 */
export async function addIntegrations(stack: Stack, world: World, count: number): Promise<void> {
  const [workspaceId] = world.workspaces;
  const [own] = world.outbound;
  if (workspaceId === undefined || own === undefined) throw new Error('The world has no integration.');
  const api = apiFor(stack.apiUrls, await stack.token(workspaceId));
  const tag = await api.post('deals', '/v1/tags', { name: 'De nenhum negócio' });
  const draft = {
    ...{ trigger: own.trigger, originId: own.originId, filter: { tagIds: [text(tag, 'id')] } },
    ...{ url: 'https://receiver.example.com/hooks/deals', method: 'POST' },
  };
  const numbers = Array.from({ length: count }, (_, index) => index + 1).values();
  const add = async (): Promise<void> => {
    for (const number of numbers) {
      await api.post('dispatcher', '/v1/outbound-integrations', { ...draft, name: `Integração ${String(number)}` });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, add));
}
