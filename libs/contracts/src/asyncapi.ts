import { topics, type EventDefinition, type Topic } from './define-event.js';
import { events } from './registry.js';

type JsonObject = Record<string, unknown>;

const topicFacts: Readonly<Record<Topic, { sender: string; description: string }>> = {
  'ponte.inbound.v1': { sender: 'ingress', description: 'Payloads that tools posted, made durable and mapped.' },
  'ponte.deals.v1': {
    sender: 'deals',
    description: 'What happened to contacts, deals and the catalogue, and what became of each payload. Kept for ever.',
  },
  'ponte.deliveries.v1': { sender: 'dispatcher', description: 'How deliveries to receivers ended.' },
};

/** Kafka headers of every record: CloudEvents 1.0 in binary mode, with Ponte's extensions. */
const recordHeaders: JsonObject = {
  type: 'object',
  required: [
    'ce_specversion',
    'ce_id',
    'ce_type',
    'ce_source',
    'ce_subject',
    'ce_time',
    'ce_ponteposition',
    'ce_ponteworkspace',
    'ce_pontecorrelation',
  ],
  properties: {
    ce_specversion: { type: 'string', const: '1.0' },
    ce_id: { type: 'string', format: 'uuid' },
    ce_type: { type: 'string' },
    ce_source: { type: 'string' },
    ce_subject: { type: 'string' },
    ce_time: { type: 'string', format: 'date-time' },
    'content-type': { type: 'string', const: 'application/json' },
    ce_ponteposition: { type: 'string', description: 'Position in the log partition: 1, 2, 3 … with none missing.' },
    ce_pontepredecessor: { type: 'string', description: 'Id of the record at the position before; absent at 1.' },
    ce_ponteworkspace: { type: 'string', format: 'uuid' },
    ce_pontecorrelation: { type: 'string', format: 'uuid' },
    ce_pontecausation: { type: 'string', format: 'uuid' },
    ce_pontehops: { type: 'string', description: 'How often the cause came out of this installation and in again.' },
    traceparent: { type: 'string', description: 'W3C Trace Context.' },
  },
};

/** The file name, without its ending, under which a version of an event keeps its JSON Schema and its golden file. */
export const fileNameOf = (event: EventDefinition): string => `${event.name}.v${String(event.version)}`;

/** JSON Schema (draft 2020-12) of a record's data. */
export function jsonSchemaOf(event: EventDefinition): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: event.type,
    ...toPlain(event.data),
  };
}

function toPlain(schema: object): JsonObject {
  const plain: JsonObject = JSON.parse(JSON.stringify(schema));
  return plain;
}

/** The AsyncAPI 3.0 document of the three topics, made from the definitions: https://www.asyncapi.com/docs/reference/specification/v3.0.0 */
export function asyncApiDocument(): JsonObject {
  const channels: JsonObject = {};
  const operations: JsonObject = {};
  const messages: JsonObject = {};
  for (const topic of topics) {
    const facts = topicFacts[topic];
    const own = events.filter((event) => event.topic === topic);
    const channel = facts.sender;
    channels[channel] = {
      address: topic,
      description: facts.description,
      messages: Object.fromEntries(
        own.map((event) => [fileNameOf(event), { $ref: `#/components/messages/${fileNameOf(event)}` }]),
      ),
    };
    operations[`${channel}Says`] = {
      action: 'send',
      channel: { $ref: `#/channels/${channel}` },
      summary: `${facts.sender} appends to its log, which becomes ${topic}.`,
    };
    for (const event of own) {
      messages[fileNameOf(event)] = {
        name: event.type,
        contentType: 'application/json',
        headers: { $ref: '#/components/schemas/RecordHeaders' },
        payload: { $ref: `#/components/schemas/${fileNameOf(event)}` },
        bindings: { kafka: { key: { type: 'string', format: 'uuid', description: 'The workspace id.' } } },
      };
    }
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Ponte',
      version: '1.0.0',
      description: 'The events that the services share. They share nothing else.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels,
    operations,
    components: {
      messages,
      schemas: {
        RecordHeaders: recordHeaders,
        ...Object.fromEntries(events.map((event) => [fileNameOf(event), toPlain(event.data)])),
      },
    },
  };
}
