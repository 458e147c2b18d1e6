/** Payload to fields and fields to payload. Pure: no I/O, no clock, no framework. */

export { parsePayload, parseQuery } from './payload/parse-payload.js';
export type { ParsedPayload, PayloadFormat, PayloadRequest } from './payload/parse-payload.js';
export { isPayloadObject, MAX_DEPTH, MAX_FORM_FIELDS } from './payload/payload-value.js';
export type { PayloadList, PayloadObject, PayloadValue, UnreadableReason } from './payload/payload-value.js';

export { parsePath } from './paths/path.js';
export type { Path, PathResult } from './paths/path.js';
export { isEmpty, readPath } from './paths/read-path.js';

export { fold } from './text/fold.js';
export { clean, textOf } from './text/clean.js';
export { normalizePhone } from './phones/normalize-phone.js';
export type { NormalizedPhone } from './phones/normalize-phone.js';
export { cleanEmail, emailKey } from './phones/email-key.js';
export { fractionDigits, readCurrency } from './money/currency.js';
export { readMoney } from './money/read-money.js';
export type { MoneyFormat } from './money/read-money.js';
export { readDate } from './dates/read-date.js';
export type { DateFormat } from './dates/read-date.js';
export { isTimeZone } from './dates/time-zone.js';

export { CONTACT_TARGETS, DEAL_TARGETS, isTarget } from './mapping/mapping.js';
export type {
  CollectRule,
  ConcatSource,
  FieldRule,
  LikeSource,
  Mapping,
  Source,
  Target,
  Titles,
  Transform,
} from './mapping/mapping.js';
export { DEAL_STATUSES, UTM_FIELDS } from './mapping/mapped.js';
export type {
  DealStatus,
  MappedContact,
  MappedDeal,
  MappedItem,
  MappingResult,
  MappingWarning,
  UtmField,
  WarningCode,
} from './mapping/mapped.js';
export type { MappingContext, RequestHeaders } from './mapping/read-source.js';
export type { DataError } from './mapping/checker.js';
export { parseMapping } from './mapping/parse-mapping.js';
export type { ParsedMapping } from './mapping/parse-mapping.js';
export { applyMapping, compileMapping } from './mapping/compile-mapping.js';
export type { CompiledMapping } from './mapping/compile-mapping.js';
export { extendMapping } from './mapping/extend-mapping.js';

export { deliveryId, STANDARD_DELIVERY_IDS } from './presets/delivery-id.js';
export type { DeliveryIdRule } from './presets/delivery-id.js';
export { readPart } from './presets/request-part.js';
export type { RequestPart, RequestView } from './presets/request-part.js';
export { classifyDelivery } from './presets/preset.js';
export type { Authenticity, Condition, DeliveryKind, Preset } from './presets/preset.js';
export { findPreset, PRESETS } from './presets/presets.js';

export { GROUP_LABELS, isOutgoingField, outgoingCatalogue } from './outgoing/catalogue.js';
export type { CatalogueField, CustomFieldName, FieldGroup, OutgoingField } from './outgoing/catalogue.js';
export {
  buildOutgoing,
  defaultOutgoingMapping,
  MAX_IDENTIFIER,
  MAX_OUTGOING_FIELDS,
  toQuery,
  validateOutgoingMapping,
} from './outgoing/outgoing-mapping.js';
export type { OutgoingMapping, OutgoingRule, ParsedOutgoingMapping } from './outgoing/outgoing-mapping.js';
export type { Snapshot } from './outgoing/snapshot.js';
