import type { Api } from '../api.js';
import { list, text } from '../answers.js';
import {
  GROUP,
  INBOUND,
  ORIGINS,
  OUTBOUND,
  OWNER,
  TAG,
  type InboundKey,
  type InboundPlan,
  type OriginKey,
  type OutboundKey,
  type OutboundPlan,
} from './story.js';

/** What was made, by the story's names. */
export interface Made {
  inbound: Readonly<Record<InboundKey, { id: string; url: string }>>;
  outbound: Readonly<Record<OutboundKey, { id: string }>>;
}

interface MadeOrigin {
  id: string;
  stageIds: ReadonlyMap<string, string>;
}

/** Makes catalogue and integrations through the APIs. @param receiverUrl where the demo's receiver listens */
export async function setUp(api: Api, receiverUrl: string, say: (line: string) => void): Promise<Made> {
  const groupId = text(await api.post('deals', '/v1/origin-groups', { name: GROUP }), 'id');
  const origin = async (key: OriginKey): Promise<MadeOrigin> => {
    const { name, stages } = ORIGINS[key];
    const made = await api.post('deals', '/v1/origins', {
      name,
      groupId,
      stages: stages.map((stage) => ({ name: stage })),
    });
    const stageIds = new Map(list(made, 'stages').map((stage) => [text(stage, 'name'), text(stage, 'id')]));
    return { id: text(made, 'id'), stageIds };
  };
  const origins: Record<OriginKey, MadeOrigin> = {
    launch: await origin('launch'),
    afterSales: await origin('afterSales'),
  };
  const tagId = text(await api.post('deals', '/v1/tags', { name: TAG }), 'id');
  await api.post('deals', '/v1/owners', OWNER);
  say(`origin group "${GROUP}", origins "${ORIGINS.launch.name}" and "${ORIGINS.afterSales.name}", a tag, an owner`);

  const inbound = await eachOf(INBOUND, async (plan: InboundPlan) => {
    const made = await api.post('ingress', '/v1/inbound-integrations', inboundBody(plan, origins, tagId));
    return { id: text(made, 'id'), url: text(made, 'url') };
  });
  say(
    `inbound integrations: ${Object.values(INBOUND)
      .map(({ name }) => name)
      .join(', ')}`,
  );

  const outbound = await eachOf(OUTBOUND, async (plan: OutboundPlan) => {
    const url = isInbound(plan.to) ? inbound[plan.to].url : receiverUrl + plan.to;
    const made = await api.post('dispatcher', '/v1/outbound-integrations', {
      name: plan.name,
      trigger: plan.trigger,
      originId: origins[plan.origin].id,
      method: plan.method,
      url,
      ...(plan.statuses === undefined ? {} : { filter: { statuses: plan.statuses } }),
      ...(plan.mapping === undefined ? {} : { mapping: plan.mapping }),
    });
    return { id: text(made, 'id') };
  });
  say(
    `outbound integrations: ${Object.values(OUTBOUND)
      .map(({ name, method }) => `${name} (${method})`)
      .join(', ')}`,
  );
  return { inbound, outbound };
}

function inboundBody(plan: InboundPlan, origins: Record<OriginKey, MadeOrigin>, tagId: string): object {
  const origin = origins[plan.origin];
  const settings = {
    ...(plan.tagged ? { tags: { tagIds: [tagId], when: 'always' } } : {}),
    ...(plan.stage ? { stage: { stageId: origin.stageIds.get(plan.stage.name), when: plan.stage.when } } : {}),
  };
  return { name: plan.name, preset: plan.preset, target: 'deal', mode: plan.mode, originId: origin.id, settings };
}

export function isInbound(to: string): to is InboundKey {
  return Object.hasOwn(INBOUND, to);
}

/** One after the other: their order in a list is then the story's. */
async function eachOf<K extends string, P, M>(
  plans: Readonly<Record<K, P>>,
  make: (plan: P) => Promise<M>,
): Promise<Record<K, M>> {
  const made: Partial<Record<K, M>> = {};
  for (const key in plans) made[key] = await make(plans[key]);
  return complete(plans, made);
}

function complete<K extends string, M>(keys: Readonly<Record<K, unknown>>, made: Partial<Record<K, M>>): Record<K, M> {
  const isComplete = (value: Partial<Record<K, M>>): value is Record<K, M> =>
    Object.keys(keys).every((key) => Object.hasOwn(value, key));
  if (!isComplete(made)) throw new Error('Not everything of the story was made.');
  return made;
}
