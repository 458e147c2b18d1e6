import { randomUUID } from 'node:crypto';
import { InboundReceivedV1, writeEvent } from '@ponte/contracts';
import type { NewRecord } from '@ponte/event-log';
import { seeded } from '../load/plan.js';

/** Where a backlog's payloads go. */
export interface BacklogTarget {
  readonly workspaceId: string;
  readonly originId: string;
}

/**
 * Inbound records as ingress appends them, of about 1 KB: half of them about somebody new, half about somebody whom an
 * earlier one was about, recognised by e-mail, by phone or by both, of whom they say something new.
 *
 * @param first number of the first record of its target, so that batches of one backlog go on where the last one ended
 */
export function backlogRecords(
  target: BacklogTarget,
  { first, count }: { readonly first: number; readonly count: number },
): NewRecord[] {
  const random = seeded(first + 1);
  return Array.from({ length: count }, (_, at) => backlogRecord(target, first + at, random));
}

function backlogRecord(target: BacklogTarget, number: number, random: () => number): NewRecord {
  const requestId = randomUUID();
  const isNew = number % 2 === 0;
  const person = isNew ? number : 2 * Math.floor((random() * number) / 2);
  const said = isNew ? 'both' : (['both', 'email', 'phone'] as const)[Math.floor(random() * 3)];
  const time = new Date();
  const digits = String(person).padStart(8, '0');
  return {
    id: randomUUID(),
    type: InboundReceivedV1.type,
    workspaceId: target.workspaceId,
    subject: `request/${requestId}`,
    time,
    data: writeEvent(InboundReceivedV1, {
      ...{ requestId, receivedAt: time.toISOString(), integrationId: target.originId, target: 'deal' },
      ...{ mode: 'create_or_update', originId: target.originId, closedDealsMatch: true, betweenOrigins: false },
      settings: { tags: null, stage: null, status: null, owner: null },
      items: [
        {
          ...{ index: 0, stage: number % 5 === 1 ? 'Compra aprovada' : null, status: number % 10 === 3 ? 'WON' : null },
          ...{ lostReason: null, owner: null, title: 'Curso completo', value: `${String(number % 900)}.90` },
          ...{ currency: 'BRL', product: `Produto ${String(number % 20)}`, externalId: `PEDIDO-${String(number)}` },
          contactTags: number % 4 === 0 ? ['Cliente'] : [],
          dealTags: number % 3 === 0 ? [`Oferta ${String(number % 8)}`] : [],
          customFields: { parcelas: String(number % 12), observacao: 'x'.repeat(300) },
          warnings: [],
        },
      ],
      person: {
        items: [
          {
            ...{
              index: 0,
              name: `Pessoa ${String(person)}`,
              utm: { source: 'ads', campaign: `c${String(person % 50)}` },
            },
            emails: said === 'phone' ? [] : [`pessoa.${String(person)}@example.com`],
            phones:
              said === 'email' ? [] : [{ raw: `11 9${digits}`, e164: `+55119${digits}`, matchKey: `BR:11:${digits}` }],
            customFields: { cidade: 'São Paulo' },
          },
        ],
      },
    }),
    ...{ correlationId: requestId, causationId: null, traceparent: null, hops: 0 },
  };
}
