import type { Colors } from '../console.js';
import type { DeliverySeen, Journey } from './journey.js';
import { INBOUND, ORIGINS, OUTBOUND } from './story.js';

/** What a journey is shown with. */
export interface Heading {
  number: number;
  tool: string;
  /** `JSON` or `form-encoded` … */
  format: string;
  shows: string;
}

const LABEL = 11;
const NAME = Math.max(...Object.values(OUTBOUND).map(({ name }) => name.length));

/** One payload's way, some ten aligned lines. */
export function renderJourney(heading: Heading, journey: Journey, missing: readonly string[], colors: Colors): string {
  const mark = missing.length === 0 ? colors.green('✔') : colors.red('✘');
  const title = `${mark} ${String(heading.number)}  ${colors.bold(heading.tool)}  ${colors.dim(`${heading.format} · ${heading.shows}`)}`;
  const lines = [...requestLines(journey), ...bodyLines(journey, colors)];
  const wrong = missing.map((each) => row('missing', colors.red(each)));
  return ['', title, ...[...lines, ...wrong].map((line) => `    ${line}`)].join('\n');
}

/** The last line: how many payloads, deliveries, and what is missing. */
export function renderVerdict(
  counts: { payloads: number; deliveries: number; seconds: number },
  missing: readonly string[],
  colors: Colors,
): string {
  const { payloads, deliveries, seconds } = counts;
  const total = `${String(payloads)} payloads, ${String(deliveries)} deliveries, ${seconds.toFixed(1)} s`;
  if (missing.length === 0) return colors.green(`✔ Every expected outcome and delivery was seen: ${total}.`);
  return [colors.red(`✘ Not all was seen (${total}). Missing:`), ...missing.map((each) => `    ${each}`)].join('\n');
}

function requestLines(journey: Journey): string[] {
  const { answer } = journey;
  if (answer === null) return [];
  const said = answer.duplicate ? 'known already' : 'accepted';
  const id = answer.requestId === null ? '' : `  ${answer.requestId}`;
  return [
    row(
      'request',
      `${String(answer.status)} in ${String(answer.milliseconds)} ms, ${said}${id}  → ${INBOUND[journey.to].name}`,
    ),
  ];
}

function bodyLines({ answer, outcome, deal, events, deliveries }: Journey, colors: Colors): string[] {
  const why = outcome?.reason ? ` (${outcome.reason})` : '';
  const how = outcome?.matchedBy ? `, contact matched by ${outcome.matchedBy.replaceAll('_', ' ')}` : '';
  const again = answer?.duplicate ? ', the first time' : '';
  const lines = [row('outcome', outcome === null ? '–' : `${outcome.outcome}${why}${how}${again}`)];
  if (deal === null) return lines;
  return [
    ...lines,
    row('deal', `${deal.origin} / ${deal.stage} · ${statusColor(deal.status, colors)} · group ${deal.originGroup}`),
    row('events', answer?.duplicate ? '–' : eventsOf(outcome, events)),
    ...deliveries.flatMap((delivery, n) => deliveryLines(delivery, n === 0, colors)),
    ...(deliveries.length === 0 ? [row('deliveries', '–')] : []),
  ];
}

/** The contact's events are not the deal's; an update without any of the deal is one of the contact. */
function eventsOf(outcome: Journey['outcome'], events: readonly string[]): string {
  if (events.length > 0) return events.join(', ');
  return outcome?.outcome === 'updated' ? 'none of the deal (its contact was updated)' : '–';
}

function deliveryLines(delivery: DeliverySeen, isFirst: boolean, colors: Colors): string[] {
  const { name } = OUTBOUND[delivery.integration];
  const { received } = delivery;
  const status = delivery.status === 'succeeded' ? colors.green('✔') : colors.red(delivery.status);
  const target = received === null ? 'nothing received' : `${received.method.padEnd(4)} ${received.target}`;
  const tries = delivery.attempts > 1 ? ` after ${String(delivery.attempts)} tries` : '';
  const head = `${name.padEnd(NAME)}  ${delivery.trigger.padEnd(13)}  ${status} ${target}${tries}`;
  const got = received === null ? [] : fieldLines(received.fields).map((line) => row('', colors.dim(`  ${line}`)));
  const onward =
    delivery.onward === null
      ? []
      : bodyLines(delivery.onward, colors).map((line) => row('', `  ${colors.cyan('↪')} ${line}`));
  return [row(isFirst ? 'deliveries' : '', head), ...got, ...onward];
}

/** `name=value` pairs that are not empty, wrapped. */
function fieldLines(fields: Readonly<Record<string, string>>): string[] {
  const lines: string[] = [];
  let line = '';
  for (const [name, value] of Object.entries(fields)) {
    if (value === '') continue;
    const pair = `${name}=${value}`;
    if (line !== '' && line.length + pair.length > 100) {
      lines.push(line);
      line = '';
    }
    line += `${line === '' ? '' : '  '}${pair}`;
  }
  return line === '' ? lines : [...lines, line];
}

function statusColor(status: string, colors: Colors): string {
  if (status === 'WON') return colors.green(status);
  return status === 'LOST' ? colors.red(status) : colors.yellow(status);
}

function row(label: string, value: string): string {
  return `${label.padEnd(LABEL)} ${value}`;
}

/** What the demo begins with. */
export function renderIntroduction(colors: Colors): string {
  const origins = Object.values(ORIGINS).map(({ name, stages }) => `${name} (${stages.join(', ')})`);
  return `\n${colors.bold('Each payload’s way: request → outcome → deal → events → deliveries')}\n${colors.dim(`Origins: ${origins.join('; ')}`)}`;
}
