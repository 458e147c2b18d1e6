import { mkdir, writeFile } from 'node:fs/promises';
import { asyncApiDocument, fileNameOf, jsonSchemaOf } from './asyncapi.js';
import { events } from './registry.js';

/** Writes `schemas/*.json` and `asyncapi.json` anew from the definitions (`npm run documents -w @ponte/contracts`). */
const root = new URL('../', import.meta.url);
const asText = (document: object) => `${JSON.stringify(document, null, 2)}\n`;

await mkdir(new URL('schemas/', root), { recursive: true });
for (const event of events) {
  await writeFile(new URL(`schemas/${fileNameOf(event)}.json`, root), asText(jsonSchemaOf(event)));
}
await writeFile(new URL('asyncapi.json', root), asText(asyncApiDocument()));
process.stdout.write(`wrote ${String(events.length)} schemas and asyncapi.json\n`);
