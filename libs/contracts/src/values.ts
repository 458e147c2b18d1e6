import Type, { type Static, type TSchema } from 'typebox';

/** A field that is always present and may be unknown. */
export const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

/** RFC 9562, lower case. */
export const Uuid = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' });

/** RFC 3339 in UTC with milliseconds, as `Date.prototype.toISOString` writes it. */
export const Instant = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$' });

/** An amount in the currency's major unit, as text: `297.00`. Never a float. */
export const Decimal = Type.String({ pattern: '^-?\\d{1,18}(\\.\\d{1,6})?$' });

export const DealStatus = Type.Union([Type.Literal('OPEN'), Type.Literal('WON'), Type.Literal('LOST')]);
export type DealStatus = Static<typeof DealStatus>;

export const Target = Type.Union([Type.Literal('deal'), Type.Literal('contact')]);
export type Target = Static<typeof Target>;

export const Mode = Type.Union([Type.Literal('create'), Type.Literal('update'), Type.Literal('create_or_update')]);
export type Mode = Static<typeof Mode>;

/** A catalogue entry named in an event: its id, and its label as it was when the event happened. */
export const Label = Type.Object({ id: Uuid, name: Type.String() });
export type Label = Static<typeof Label>;

export const Owner = Type.Object({ id: Uuid, name: Type.String(), email: Type.String() });
export type Owner = Static<typeof Owner>;

/**
 * A phone as it came, in E.164 (null where it can't be dialled, e.g. without an area code), and the key under which it
 * matches: for Brazilian mobiles the same with and without the ninth digit.
 */
export const Phone = Type.Object({
  raw: Type.String(),
  e164: Nullable(Type.String()),
  matchKey: Nullable(Type.String()),
});
export type Phone = Static<typeof Phone>;

export const Utm = Type.Partial(
  Type.Object({
    source: Type.String(),
    medium: Type.String(),
    campaign: Type.String(),
    content: Type.String(),
    term: Type.String(),
  }),
);
export type Utm = Static<typeof Utm>;

export const CustomFields = Type.Record(Type.String(), Type.String());
export type CustomFields = Static<typeof CustomFields>;

/**
 * All personal data of an event. It sits in this one member and nowhere else (not in ids, keys, headers or error
 * texts), so that it can be encrypted per contact and erased.
 */
export const Person = Type.Object({
  name: Nullable(Type.String()),
  /** As they were given, trimmed; the primary one first. */
  emails: Type.Array(Type.String()),
  /** The primary one first. */
  phones: Type.Array(Phone),
  utm: Utm,
  customFields: CustomFields,
});
export type Person = Static<typeof Person>;

/** A contact without its personal data, as it was after the event. */
export const ContactSnapshot = Type.Object({ id: Uuid, tags: Type.Array(Label), createdAt: Instant });
export type ContactSnapshot = Static<typeof ContactSnapshot>;

/** A deal as it was after the event, with the labels of that moment, so that no consumer needs a call back. */
export const DealSnapshot = Type.Object({
  id: Uuid,
  contactId: Uuid,
  originGroup: Label,
  origin: Label,
  stage: Label,
  status: DealStatus,
  lostReason: Nullable(Type.String()),
  owner: Nullable(Owner),
  title: Nullable(Type.String()),
  value: Nullable(Decimal),
  currency: Nullable(Type.String()),
  product: Nullable(Type.String()),
  externalId: Nullable(Type.String()),
  tags: Type.Array(Label),
  customFields: CustomFields,
  createdAt: Instant,
});
export type DealSnapshot = Static<typeof DealSnapshot>;

/** Something that did not stop a payload from being applied, and that its user should know. `field` is a field's name, never a value. */
export const Warning = Type.Object({ field: Type.String(), code: Type.String(), detail: Type.String() });
export type Warning = Static<typeof Warning>;
