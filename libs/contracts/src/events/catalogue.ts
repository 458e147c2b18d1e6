import Type, { type Static } from 'typebox';
import { defineEvent } from '../define-event.js';
import { Uuid } from '../values.js';

const topic = 'ponte.deals.v1';

export const Workspace = Type.Object({
  id: Uuid,
  name: Type.String(),
  /** IANA name, e.g. `America/Sao_Paulo`. */
  timeZone: Type.String(),
  /** ISO 3166-1 alpha-2: the country of phones that name none. */
  country: Type.String(),
  /** ISO 4217. */
  currency: Type.String(),
});
export type Workspace = Static<typeof Workspace>;

export const OriginGroup = Type.Object({ id: Uuid, name: Type.String(), archived: Type.Boolean() });
export type OriginGroup = Static<typeof OriginGroup>;

export const Origin = Type.Object({ id: Uuid, groupId: Uuid, name: Type.String(), archived: Type.Boolean() });
export type Origin = Static<typeof Origin>;

export const Stage = Type.Object({
  id: Uuid,
  originId: Uuid,
  name: Type.String(),
  /** Ascending, from 0: the first one is where deals are born. */
  order: Type.Integer({ minimum: 0 }),
  archived: Type.Boolean(),
});
export type Stage = Static<typeof Stage>;

export const Tag = Type.Object({ id: Uuid, name: Type.String(), archived: Type.Boolean() });
export type Tag = Static<typeof Tag>;

export const CatalogueOwner = Type.Object({
  id: Uuid,
  name: Type.String(),
  email: Type.String(),
  archived: Type.Boolean(),
});
export type CatalogueOwner = Static<typeof CatalogueOwner>;

export const WorkspaceCreatedV1 = defineEvent({ topic, type: 'WorkspaceCreated', version: 1, data: Workspace });
export const OriginGroupCreatedV1 = defineEvent({ topic, type: 'OriginGroupCreated', version: 1, data: OriginGroup });
export const OriginGroupUpdatedV1 = defineEvent({ topic, type: 'OriginGroupUpdated', version: 1, data: OriginGroup });
export const OriginCreatedV1 = defineEvent({ topic, type: 'OriginCreated', version: 1, data: Origin });
export const OriginUpdatedV1 = defineEvent({ topic, type: 'OriginUpdated', version: 1, data: Origin });
export const StageCreatedV1 = defineEvent({ topic, type: 'StageCreated', version: 1, data: Stage });
export const StageUpdatedV1 = defineEvent({ topic, type: 'StageUpdated', version: 1, data: Stage });
export const TagCreatedV1 = defineEvent({ topic, type: 'TagCreated', version: 1, data: Tag });
export const TagUpdatedV1 = defineEvent({ topic, type: 'TagUpdated', version: 1, data: Tag });
export const OwnerCreatedV1 = defineEvent({ topic, type: 'OwnerCreated', version: 1, data: CatalogueOwner });
export const OwnerUpdatedV1 = defineEvent({ topic, type: 'OwnerUpdated', version: 1, data: CatalogueOwner });
