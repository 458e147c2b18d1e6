import type { ServiceName } from '@ponte/local';
import { encodeCursor } from '@ponte/service-kit';
import { percentilesOf, type Percentiles } from '../percentiles.js';
import type { HistoryPlace } from './grown-history.js';

/** How long pages took through the API of a service. */
export interface PageFigures {
  readonly service: ServiceName;
  readonly pages: 'first' | 'deep';
  readonly latencyMs: Percentiles;
  /** The filter whose pages took longest, by their median. */
  readonly slowest: string;
}

interface Listing {
  readonly service: ServiceName;
  readonly path: string;
  /** Values of the filter beside the integration; an empty one leaves all through. */
  readonly filters: readonly string[];
  /** A cursor in the middle of what is there. */
  readonly middle: string;
}

/** Each page is asked for so often, one at a time. */
const ROUNDS = 5;

/** @param shape how many requests and deliveries there are, of the days until when */
export async function measurePages(
  histories: readonly HistoryPlace[],
  shape: { readonly rows: number; readonly middle: Date },
): Promise<PageFigures[]> {
  const ms = shape.middle.getTime().toString(16).padStart(12, '0');
  const outcomes = ['created', 'updated', 'unchanged', 'ignored', 'rejected', 'failed'];
  const statuses = ['pending', 'held', 'succeeded', 'failed', 'discarded'];
  const listings: readonly Listing[] = [
    {
      ...{ service: 'ingress', path: '/v1/inbound-requests' },
      filters: ['', ...outcomes.map((outcome) => `&outcome=${outcome}`)],
      middle: encodeCursor([`${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-000000000000`]),
    },
    {
      ...{ service: 'dispatcher', path: '/v1/deliveries' },
      filters: ['', ...statuses.map((status) => `&status=${status}`)],
      middle: encodeCursor([Math.round(shape.rows / 2)]),
    },
  ];
  const figures: PageFigures[] = [];
  for (const listing of listings) {
    figures.push(await measureListing(histories, listing, 'first'));
    figures.push(await measureListing(histories, listing, 'deep'));
  }
  return figures;
}

async function measureListing(
  histories: readonly HistoryPlace[],
  { service, path, filters, middle }: Listing,
  pages: PageFigures['pages'],
): Promise<PageFigures> {
  const all: number[] = [];
  let slowest = { name: '', ms: 0 };
  for (const { name, api, inbound, outbound } of histories) {
    const integrations = Object.entries(service === 'ingress' ? inbound : outbound);
    const places = [['all', ''] as const, ...integrations.map(([one, id]) => [one, `&integrationId=${id}`] as const)];
    for (const [place, ofIntegration] of places) {
      for (const filter of filters) {
        const query = `?limit=50${ofIntegration}${filter}${pages === 'deep' ? `&cursor=${middle}` : ''}`;
        const took: number[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          const startedMs = performance.now();
          await api.get(service, path + query);
          took.push(performance.now() - startedMs);
        }
        all.push(...took);
        const { p50 } = percentilesOf(took);
        if (p50 > slowest.ms) slowest = { name: `${name}, ${place}${filter.replace('&', ', ')}`, ms: p50 };
      }
    }
  }
  return { service, pages, latencyMs: percentilesOf(all), slowest: slowest.name };
}
