import { apiFor, text, type Api, type Stack } from '@ponte/local';

/** A workspace with one origin of two stages, and its client of the APIs. */
export interface Pipeline {
  readonly workspaceId: string;
  readonly api: Api;
  readonly originId: string;
}

/** Makes a workspace and its origin by the command and the API, as any user would. */
export async function makePipeline(
  stack: Stack,
  named: { readonly id?: string; readonly name: string },
): Promise<Pipeline> {
  const settings = { timeZone: 'America/Sao_Paulo', country: 'BR', currency: 'BRL' };
  const workspace = await stack.createWorkspace({ ...named, ...settings });
  const api = apiFor(stack.apiUrls, await stack.token(workspace.id));
  const group = await api.post('deals', '/v1/origin-groups', { name: 'Produto X' });
  const stages = [{ name: 'Novo lead' }, { name: 'Compra aprovada' }];
  const origin = await api.post('deals', '/v1/origins', { name: 'Compras', groupId: text(group, 'id'), stages });
  return { workspaceId: workspace.id, api, originId: text(origin, 'id') };
}
