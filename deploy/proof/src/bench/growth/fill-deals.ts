import { DealCreatedV1 } from '@ponte/contracts';
import { drawn, spreadId, type Filling } from './fill.js';
import { insertEntries, instant, partitionOf } from './log-entries.js';
import { placeOf } from './places.js';

/** An origin of a workspace, with its part of a filling. */
export interface Pipe {
  readonly workspaceId: string;
  readonly originId: string;
  /** In their order: new deals stand in the first. */
  readonly stageIds: readonly [string, string];
  /** Of a thousand contacts. */
  readonly share: number;
}

/**
 * Contacts and deals as deals projects them: each contact is recognised by an e-mail and a mobile phone, and has as many
 * deals as the others, in one origin. Nobody else's load speaks of them. The log says of each deal that it was created.
 *
 * Of ten deals six are open, three won, one lost.
 */
export function dealFillings(pipes: readonly Pipe[], contacts: number, deals: number, until: Date): readonly Filling[] {
  const slots = pipes.flatMap(({ share }, index) => Array<number>(share).fill(index + 1));
  const values = [until, slots, pipes.map((pipe) => pipe.workspaceId)];
  return [
    {
      what: 'contacts',
      rows: contacts,
      statement: insertContacts,
      values,
      tables: ['contacts', 'contact_identities'],
    },
    {
      what: 'deals',
      rows: deals,
      statement: insertDeals,
      values: [
        ...values,
        pipes.map((pipe) => pipe.originId),
        pipes.map(({ stageIds: [first] }) => first),
        pipes.map(({ stageIds: [, second] }) => second),
        contacts,
        pipes.map(({ workspaceId }) => partitionOf(workspaceId)),
      ],
      tables: ['deals'],
    },
  ];
}

const insertContacts = `
  WITH given AS MATERIALIZED (
    SELECT n, ${spreadId('n', '$3::int', 'contact')} AS id, ($6::uuid[])[${placeOf('n', '$5')}] AS workspace_id,
           format('cliente.%s@example.com', lpad(n::text, 8, '0')) AS email, (50000000 + n)::text AS digits,
           $4::timestamptz - ($3::int - n) * (interval '150 days' / $3::int) AS created_at
      FROM generate_series($1::int, $2::int) AS n
  ), contacts AS (
    INSERT INTO contacts (workspace_id, id, name, emails, phones, utm, custom_fields, tag_ids, created_at, updated_at)
    SELECT workspace_id, id, 'Cliente ' || n, jsonb_build_array(email),
           jsonb_build_array(jsonb_build_object(
             'raw', '11 9' || digits, 'e164', '+55119' || digits, 'matchKey', 'BR:11:' || digits)),
           '{"source":"ads"}', jsonb_build_object('cidade', 'São Paulo'), '{}', created_at, created_at
      FROM given
  )
  INSERT INTO contact_identities (workspace_id, kind, key, contact_id)
  SELECT workspace_id, 'email', email, id FROM given
  UNION ALL
  SELECT workspace_id, 'phone', 'BR:11:' || digits, id FROM given`;

const dealId = spreadId('n', '$3::int', 'deal');
const contactId = spreadId('contact', '$10::int', 'contact');

const entry = {
  partition: '($11::int[])[g.pipe]',
  position: 'g.n - $3::int',
  id: spreadId('g.n', '$3::int', 'event'),
  type: DealCreatedV1.type,
  subject: `'deal/' || g.id`,
  workspaceId: '($6::uuid[])[g.pipe]',
  time: 'g.at',
  correlationId: 'g.contact_id',
  causationId: 'g.contact_id',
  data: `format('{"deal":{"id":"%s","contactId":"%s","originGroup":{"id":"%s","name":"Produtos"},'
    '"origin":{"id":"%s","name":"Compras"},"stage":{"id":"%s","name":"Novo"},"status":"OPEN","lostReason":null,'
    '"owner":null,"title":"Curso completo","value":"%s.90","currency":"BRL","product":"Produto %s",'
    '"externalId":"PEDIDO-ANTIGO-%s","tags":[],"customFields":{"parcelas":"%s","observacao":"%s"},"createdAt":"%s"},'
    '"contact":{"id":"%s","tags":[],"createdAt":"%s"},"person":{"name":"Cliente %s","emails":[],"phones":[],"utm":{},'
    '"customFields":{}}}', g.id, g.contact_id, ($7::uuid[])[g.pipe], ($7::uuid[])[g.pipe], ($8::uuid[])[g.pipe],
    g.n % 900, g.n % 20, g.n, g.n % 12, repeat('x', 300), ${instant('g.at')}, g.contact_id, ${instant('g.at')},
    g.contact)`,
};

const insertDeals = `
  WITH placed AS (
    SELECT n, 1 + (n - 1) % $10::int AS contact, ${drawn('n', 10, 3)} AS draw
      FROM generate_series($1::int, $2::int) AS n
  ), given AS MATERIALIZED (
    SELECT p.*, ${placeOf('contact', '$5')} AS pipe,
           $4::timestamptz - ($3::int - n) * (interval '150 days' / $3::int) AS at,
           ${dealId} AS id, ${contactId} AS contact_id
      FROM placed p
  ), entries AS (
    ${insertEntries(entry, 'given g')}
  )
  INSERT INTO deals (workspace_id, id, contact_id, origin_id, stage_id, status, title, value, currency, product,
                     external_id, custom_fields, tag_ids, created_at, updated_at, created_position)
  SELECT ($6::uuid[])[pipe], id, contact_id,
         ($7::uuid[])[pipe], CASE WHEN draw < 6 THEN ($8::uuid[])[pipe] ELSE ($9::uuid[])[pipe] END,
         CASE WHEN draw < 6 THEN 'OPEN' WHEN draw < 9 THEN 'WON' ELSE 'LOST' END, 'Curso completo', n % 900 + 0.90,
         'BRL', 'Produto ' || n % 20, 'PEDIDO-ANTIGO-' || n,
         jsonb_build_object('parcelas', (n % 12)::text, 'observacao', repeat('x', 300)), '{}', at, at, n - $3::int
    FROM given`;
