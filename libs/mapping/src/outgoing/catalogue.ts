import type { UtmField } from '../mapping/mapped.js';
import type { Snapshot } from './snapshot.js';

export type FieldGroup = 'contact' | 'deal';

/** A field that can be sent. */
export interface CatalogueField {
  /** What an outgoing mapping calls it. */
  key: OutgoingField;
  group: FieldGroup;
  label: { 'pt-BR': string; en: string };
  /** The identifier that receivers already know it under. */
  identifier: string;
}

export const GROUP_LABELS: Readonly<Record<FieldGroup, { 'pt-BR': string; en: string }>> = {
  contact: { 'pt-BR': 'Contato', en: 'Contact' },
  deal: { 'pt-BR': 'Configurações de negócio', en: 'Deal settings' },
};

type Read = (snapshot: Snapshot) => string | null;

interface Entry {
  pt: string;
  en: string;
  identifier: string;
  read: Read;
}

function entry(identifier: string, pt: string, en: string, read: Read): Entry {
  return { pt, en, identifier, read };
}

function utm(field: UtmField): Entry {
  const label = `UTM ${field}`;
  return entry(`contact_utm_${field}`, label, label, ({ contact }) => contact.utm[field] ?? null);
}

/** Tags are one string: what GET can carry, and what receivers split again. */
const TAG_SEPARATOR = ', ';

const ENTRIES = {
  'contact.name': entry('contact_name', 'Nome', 'Name', ({ contact }) => contact.name),
  'contact.email': entry('contact_email', 'E-mail', 'E-mail', ({ contact }) => contact.email),
  'contact.phone': entry('contact_phone', 'Telefone', 'Phone', ({ contact }) => contact.phone),
  'contact.tags': entry('contact_tags', 'Tags do contato', 'Contact tags', ({ contact }) =>
    contact.tags.join(TAG_SEPARATOR),
  ),
  'contact.utm.source': utm('source'),
  'contact.utm.medium': utm('medium'),
  'contact.utm.campaign': utm('campaign'),
  'contact.utm.content': utm('content'),
  'contact.utm.term': utm('term'),
  'contact.id': entry('contact_id', 'ID do contato', 'Contact id', ({ contact }) => contact.id),
  'deal.owner': entry('deal_user', 'Vendedor (e-mail)', 'Owner (e-mail)', ({ deal }) => deal.owner),
  'deal.originGroup': entry('deal_origin_group', 'Grupo de origens', 'Origin group', ({ deal }) => deal.originGroup),
  'deal.origin': entry('deal_origin', 'Origem', 'Origin', ({ deal }) => deal.origin),
  'deal.stage': entry('deal_stage', 'Etapa', 'Stage', ({ deal }) => deal.stage),
  'deal.status': entry('deal_status', 'Status', 'Status', ({ deal }) => deal.status),
  'deal.lostReason': entry('deal_lost_status', 'Motivo da perda', 'Lost reason', ({ deal }) => deal.lostReason),
  'deal.id': entry('deal_id', 'ID do negócio', 'Deal id', ({ deal }) => deal.id),
  'deal.createdAt': entry('deal_created_at', 'Criado em', 'Created at', ({ deal }) => deal.createdAt),
  'deal.previousStage': entry(
    'deal_previous_stage',
    'Etapa anterior',
    'Previous stage',
    ({ deal }) => deal.previousStage,
  ),
  'deal.previousStatus': entry(
    'deal_previous_status',
    'Status anterior',
    'Previous status',
    ({ deal }) => deal.previousStatus,
  ),
  'deal.tags': entry('deal_tags', 'Tags do negócio', 'Deal tags', ({ deal }) => deal.tags.join(TAG_SEPARATOR)),
  'deal.title': entry('deal_title', 'Título', 'Title', ({ deal }) => deal.title),
  'deal.value': entry('deal_value', 'Valor', 'Value', ({ deal }) => deal.value),
  'deal.currency': entry('deal_currency', 'Moeda', 'Currency', ({ deal }) => deal.currency),
  'deal.product': entry('deal_product', 'Produto', 'Product', ({ deal }) => deal.product),
  'deal.externalId': entry('deal_external_id', 'ID externo', 'External id', ({ deal }) => deal.externalId),
} satisfies Record<string, Entry>;

export type FixedOutgoingField = keyof typeof ENTRIES;
export type CustomOutgoingField = `contact.customFields.${string}` | `deal.customFields.${string}`;
export type OutgoingField = FixedOutgoingField | CustomOutgoingField;

const readers: ReadonlyMap<string, Entry> = new Map(Object.entries(ENTRIES));

export function isOutgoingField(text: string): text is OutgoingField {
  return readers.has(text) || /^(?:contact|deal)\.customFields\.[^]{1,120}$/.test(text);
}

/** A custom field that a workspace has. */
export interface CustomFieldName {
  key: string;
  label: string;
}

/**
 * Every field that a workspace can send, in the order in which they are offered: the contact's, then the deal settings,
 * each with its custom fields at the end.
 */
export function outgoingCatalogue(custom: {
  contact: readonly CustomFieldName[];
  deal: readonly CustomFieldName[];
}): CatalogueField[] {
  return [
    ...fixedFields('contact'),
    ...custom.contact.map((field) => customField('contact', field)),
    ...fixedFields('deal'),
    ...custom.deal.map((field) => customField('deal', field)),
  ];
}

function fixedFields(group: FieldGroup): CatalogueField[] {
  return Object.entries(ENTRIES).flatMap(([key, { pt, en, identifier }]) =>
    key.startsWith(`${group}.`) && isOutgoingField(key) ? [{ key, group, label: { 'pt-BR': pt, en }, identifier }] : [],
  );
}

function customField(group: FieldGroup, { key, label }: CustomFieldName): CatalogueField {
  return {
    key: `${group}.customFields.${key}`,
    group,
    label: { 'pt-BR': label, en: label },
    identifier: `${group}_${key}`,
  };
}

/** A field's text; null where the deal or contact has none, undefined for a custom field that it does not know. */
export function readOutgoing(field: OutgoingField, snapshot: Snapshot): string | null | undefined {
  const fixed = readers.get(field);
  if (fixed !== undefined) return fixed.read(snapshot);
  const [group, , ...rest] = field.split('.');
  const { customFields } = group === 'contact' ? snapshot.contact : snapshot.deal;
  const key = rest.join('.');
  return Object.hasOwn(customFields, key) ? customFields[key] : undefined;
}
