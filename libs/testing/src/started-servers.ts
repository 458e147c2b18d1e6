/** Where tests find real servers. */
export interface TestServers {
  /** `host:port` of each bootstrap broker. */
  brokers: string[];
  /** Superuser's URL of a Postgres server. */
  databaseUrl: string;
}

/** Servers that this process started and will stop. */
export interface StartedServers extends TestServers {
  kind: 'native' | 'containers';
  stop(): Promise<void>;
}
