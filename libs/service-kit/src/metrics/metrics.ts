import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/**
 * A registry of its own for each service in a process (tests run several), with the process's default metrics and the
 * label `service`. Metrics are named `ponte_<noun>_<unit>`.
 */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_SAMPLE_MS });
  return registry;
}

/**
 * How often the event loop's lag is looked at, in ms; each look wakes a process that may have nothing else to do. Node
 * measures from look to look, so the lags that it sums up (`nodejs_eventloop_lag_p99_seconds` …) are 0.1 s where there
 * is none.
 */
const LAG_SAMPLE_MS = 100;

/** Upper bounds in seconds: fine where hooks must answer, coarse where an API may take its time. */
const HTTP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The labels of one answered request. */
export interface HttpLabels {
  /** `hooks`, `admin`. */
  readonly listener: string;
  readonly method: string;
  /** The template (`/v1/deals/:id`), never the path: a label value for each id would be a time series for each id. */
  readonly route: string;
  readonly status: string;
}

/** @returns the histogram of answered requests, the same one for every listener of a service. */
export function httpDuration(registry: Registry): Histogram<keyof HttpLabels> {
  const name = 'ponte_http_request_duration_seconds';
  const known = registry.getSingleMetric(name);
  if (known instanceof Histogram) return known;
  return new Histogram({
    name,
    help: 'Time from the head of a request to the end of its answer.',
    labelNames: ['listener', 'method', 'route', 'status'],
    buckets: HTTP_BUCKETS,
    registers: [registry],
  });
}
