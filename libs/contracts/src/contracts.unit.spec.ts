import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import {
  asyncApiDocument,
  ContractViolation,
  DealCreatedV1,
  type EventDefinition,
  events,
  fileNameOf,
  jsonSchemaOf,
  knownTypes,
  readEvent,
  topics,
  writeEvent,
} from './index.js';

const definitions: readonly EventDefinition[] = events;
const root = new URL('../', import.meta.url);
const readJson = (path: string): unknown => JSON.parse(readFileSync(new URL(path, root), 'utf8'));

describe('every version of every event', () => {
  it.each(definitions.map((event) => [fileNameOf(event), event] as const))(
    '%s: what was ever written can still be read',
    (name, event) => {
      const golden = readJson(`golden/${name}.json`);
      expect(JSON.parse(writeEvent(event, readEvent(event, golden)))).toEqual(golden);
    },
  );

  it.each(definitions.map((event) => [fileNameOf(event), event] as const))(
    '%s: its published JSON Schema is the one that the code checks, and accepts the golden file',
    (name, event) => {
      const published = readJson(`schemas/${name}.json`);
      expect(published).toEqual(jsonSchemaOf(event));
      const validate = new Ajv2020({ strict: false }).compile(jsonSchemaOf(event));
      expect(validate(readJson(`golden/${name}.json`))).toBe(true);
    },
  );

  it('has a golden file, and no golden file is without its event', () => {
    const files = readdirSync(new URL('golden/', root)).map((file) => file.replace(/\.json$/, ''));
    expect(files.sort()).toEqual(definitions.map(fileNameOf).sort());
  });

  it('has a type of its own', () => {
    expect(new Set(events.map((event) => event.type)).size).toBe(events.length);
  });
});

describe('the AsyncAPI document', () => {
  it('is the one that the definitions make', () => {
    expect(readJson('asyncapi.json')).toEqual(asyncApiDocument());
  });

  it('is valid AsyncAPI 3.0', () => {
    const require = createRequire(import.meta.url);
    const schema: object = require('@asyncapi/specs/schemas/3.0.0-without-$id.json');
    const ajv = new Ajv({ strict: false, allErrors: false });
    addFormats.default(ajv);
    const validate = ajv.compile(schema);
    validate(asyncApiDocument());
    expect(validate.errors ?? []).toEqual([]);
  });
});

describe('reading an event', () => {
  it('names the places that do not fit, and never a value', () => {
    const golden = readJson('golden/DealCreated.v1.json') as { person: object };
    const wrong = { ...golden, person: { ...golden.person, emails: 'marina.teste@example.com' } };
    let error: unknown;
    try {
      readEvent(DealCreatedV1, wrong);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ContractViolation);
    expect(String(error)).toContain('/person/emails');
    expect(String(error)).not.toContain('marina');
  });

  it('lets members pass that a newer writer added', () => {
    const golden = readJson('golden/DealCreated.v1.json') as object;
    expect(() => readEvent(DealCreatedV1, { ...golden, addedLater: 1 })).not.toThrow();
  });

  it('knows the highest version of each event of a topic', () => {
    expect(knownTypes('ponte.inbound.v1')).toEqual(new Map([['ponte.InboundReceived', 1]]));
    const all = topics.flatMap((topic) => [...knownTypes(topic).keys()]);
    expect(all).toHaveLength(new Set(events.map((event) => event.name)).size);
  });
});
