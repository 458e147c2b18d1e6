import { Client } from 'pg';
import { SERVICES, type ServiceName } from './services.js';

/**
 * Makes a database and a role of the same name for each service, and lets no role connect to another's database. Safe to
 * repeat: the roles get the given passwords.
 *
 * @param superuserUrl of any database of the server
 * @returns each service's own URL
 */
export async function makeDatabases(
  superuserUrl: string,
  passwords: Readonly<Record<ServiceName, string>>,
): Promise<Record<ServiceName, string>> {
  const client = new Client({ connectionString: superuserUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const existing = await client.query<{ name: string; is_role: boolean }>(EXISTING, [[...SERVICES]]);
    const has = (name: string, isRole: boolean): boolean =>
      existing.rows.some((row) => row.name === name && row.is_role === isRole);
    const statements = SERVICES.flatMap((name) => {
      const role = client.escapeIdentifier(name);
      const password = client.escapeLiteral(passwords[name]);
      return [
        has(name, true)
          ? `alter role ${role} login password ${password}`
          : `create role ${role} login password ${password}`,
        // Not in a transaction: CREATE DATABASE refuses one.
        ...(has(name, false) ? [] : [`create database ${role} owner ${role}`]),
        `revoke connect, temporary on database ${role} from public`,
      ];
    });
    for (const statement of [...statements, 'revoke connect on database postgres, template1 from public']) {
      await client.query(statement);
    }
  } finally {
    await client.end();
  }
  return {
    ingress: urlFor(superuserUrl, 'ingress', passwords),
    deals: urlFor(superuserUrl, 'deals', passwords),
    dispatcher: urlFor(superuserUrl, 'dispatcher', passwords),
  };
}

const EXISTING = `
  select rolname::text as name, true as is_role from pg_roles where rolname = any($1)
  union all
  select datname::text, false from pg_database where datname = any($1)`;

function urlFor(superuserUrl: string, name: ServiceName, passwords: Readonly<Record<ServiceName, string>>): string {
  const url = new URL(superuserUrl);
  url.username = name;
  url.password = passwords[name];
  url.pathname = `/${name}`;
  return url.toString();
}
