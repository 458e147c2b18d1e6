import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asWorkspaceId, type Caller, type ConnectedDatabase } from '@ponte/service-kit';
import type { OnTestDatabase } from '@ponte/testing';
import { migratedDatabase } from '../testing/migrated-database.spec-support.js';
import { inboundIntegrationChangeEntity, inboundIntegrationEntity } from './inbound-integration.entity.js';
import { IntegrationsService } from './integrations.service.js';
import { NO_SETTINGS } from './settings.js';

const CONNECTIONS = 2;
const WORKSPACE = '0f9c2a44-2222-4222-8222-000000000001';
const sealer = { seal: (text: string) => text, open: (text: string) => text };

let test: OnTestDatabase<ConnectedDatabase>;
let database: ConnectedDatabase;

beforeAll(async () => {
  const entities = [inboundIntegrationEntity, inboundIntegrationChangeEntity];
  test = await migratedDatabase({ poolSize: CONNECTIONS, acquireTimeoutMs: 3_000 }, { entities });
  database = test.opened;
  await database.query(
    `insert into catalogue_workspaces (id, name, time_zone, country, currency) values ($1, 'W', 'UTC', 'BR', 'BRL')`,
    [WORKSPACE],
  );
});

afterAll(() => test.close());

function caller(): Caller {
  const workspaceId = asWorkspaceId(WORKSPACE);
  if (workspaceId === undefined) throw new Error('not a UUID');
  return { workspaceId, role: 'editor', subject: 'ana' };
}

describe('edits of integrations', () => {
  it('need one connection each, so that as many at once as there are connections do not wait for one another', async () => {
    const integrations = new IntegrationsService(database, sealer, () => 0);
    const draft = { name: 'n', preset: 'generic', target: 'contact', mode: 'create', originId: null } as const;
    const rest = { closedDealsMatch: true, mapping: null, settings: NO_SETTINGS };
    const made = await Promise.all(
      Array.from({ length: CONNECTIONS * 2 }, () => integrations.create(caller(), { ...draft, ...rest })),
    );
    const edited = await Promise.all(made.map(({ id }) => integrations.edit(caller(), id, { name: 'edited' })));
    expect(edited.map(({ name }) => name)).toEqual(made.map(() => 'edited'));
  });
});
