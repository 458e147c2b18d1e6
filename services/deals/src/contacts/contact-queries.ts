import { Inject, Injectable } from '@nestjs/common';
import type { CustomFields, Label, Phone, Utm } from '@ponte/contracts';
import { normalizePhone } from '@ponte/mapping';
import { DATABASE, decodeCursor, notFound, pageOf, type Database, type Page } from '@ponte/service-kit';
import type { WorkspaceId } from '../ids.js';
import { emailIdentity, phoneIdentity, type Identity } from './contact.js';
import { ContactsQuery } from './dtos.js';

/** A contact as the API shows it, with the labels of now. */
export interface ContactResource {
  readonly id: string;
  readonly name: string | null;
  readonly emails: readonly string[];
  readonly phones: readonly Pick<Phone, 'raw' | 'e164'>[];
  readonly tags: readonly Label[];
  readonly utm: Utm;
  readonly customFields: CustomFields;
  readonly createdAt: string;
  readonly updatedAt: string;
}

interface ContactListRow {
  readonly id: string;
  readonly name: string | null;
  readonly emails: string[];
  readonly phones: Phone[];
  readonly tags: Label[];
  readonly utm: Utm;
  readonly custom_fields: CustomFields;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const selectContact = `
  SELECT c.id, c.name, c.emails, c.phones, c.utm, c.custom_fields, c.created_at, c.updated_at,
         (SELECT coalesce(json_agg(json_build_object('id', t.id, 'name', t.name)
                                   ORDER BY array_position(c.tag_ids, t.id)), '[]')
            FROM tags t WHERE t.workspace_id = c.workspace_id AND t.id = ANY (c.tag_ids)) AS tags
    FROM contacts c`;

/** Newest first, by `contacts_listed`; of an e-mail or phone by the primary key of `contact_identities`. */
const selectPage = `${selectContact}
   WHERE c.workspace_id = $1
     AND ($2::text IS NULL OR c.id = (
       SELECT i.contact_id FROM contact_identities i WHERE i.workspace_id = $1 AND i.kind = 'email' AND i.key = $2))
     AND ($3::text IS NULL OR c.id = (
       SELECT i.contact_id FROM contact_identities i WHERE i.workspace_id = $1 AND i.kind = 'phone' AND i.key = $3))
     AND ($4::timestamptz IS NULL OR (c.created_at, c.id) < ($4, $5::uuid))
   ORDER BY c.created_at DESC, c.id DESC
   LIMIT $6`;

/** Reads of contacts, each bound to a workspace. */
@Injectable()
export class ContactQueries {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** An e-mail or phone is looked for as payloads are matched; one that can't be matched belongs to nobody. */
  async list(workspaceId: WorkspaceId, query: ContactsQuery): Promise<Page<ContactResource>> {
    const email = query.email === undefined ? undefined : emailIdentity(query.email);
    const phone = query.phone === undefined ? undefined : await this.phoneOf(workspaceId, query.phone);
    if (email === null || phone === null) return { items: [], nextCursor: null };
    const after = decodeCursor(query.cursor, ['timestamp', 'uuid']);
    const rows = await this.database.query<ContactListRow>(selectPage, [
      ...[workspaceId, email?.key ?? null, phone?.key ?? null],
      ...[after?.[0] ?? null, after?.[1] ?? null, query.limit + 1],
    ]);
    return pageOf(rows, query.limit, (row) => [row.created_at.toISOString(), row.id], resourceOf);
  }

  /** @throws Problem 404 */
  async get(workspaceId: WorkspaceId, id: string): Promise<ContactResource> {
    const where = 'WHERE c.workspace_id = $1 AND c.id = $2';
    const [row] = await this.database.query<ContactListRow>(`${selectContact} ${where}`, [workspaceId, id]);
    if (!row) throw notFound('contact');
    return resourceOf(row);
  }

  private async phoneOf(workspaceId: WorkspaceId, phone: string): Promise<Identity | null> {
    const select = 'SELECT country FROM workspaces WHERE id = $1';
    const [workspace] = await this.database.query<{ country: string }>(select, [workspaceId]);
    return workspace ? phoneIdentity(normalizePhone(phone, workspace.country)) : null;
  }
}

function resourceOf(row: ContactListRow): ContactResource {
  return {
    ...{ id: row.id, name: row.name, emails: row.emails },
    phones: row.phones.map(({ raw, e164 }) => ({ raw, e164 })),
    ...{ tags: row.tags, utm: row.utm, customFields: row.custom_fields },
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
