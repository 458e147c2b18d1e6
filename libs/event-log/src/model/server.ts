/**
 * A Postgres server as the protocol sees it: a line of committed states. States are never changed, only replaced, so an
 * old one is a backup that costs nothing.
 */
export class Server<State> {
  /** Grows whenever every connection breaks. */
  connections = 0;
  /** `pg_postmaster_start_time()` */
  run = 0;
  private current: State;
  private readonly line: { readonly state: State; readonly durable: boolean }[];

  constructor(state: State) {
    this.current = state;
    this.line = [{ state, durable: true }];
  }

  get now(): State {
    return this.current;
  }

  /** Commits that there are to lose. */
  get commits(): number {
    return this.line.length - 1;
  }

  /** @param durable false: `synchronous_commit = off`, lost by a crash unless a durable commit follows */
  commit(state: State, durable = true): void {
    this.current = state;
    this.line.push({ state, durable });
  }

  /** kill -9: what was not flushed is gone. */
  crash(): void {
    let flushed = this.line.length;
    while (flushed > 1 && this.line[flushed - 1]?.durable === false) flushed--;
    this.run++;
    this.cutTo(flushed);
  }

  /** Back by so many commits. `newServer`: another server took over; otherwise a backup was restored into this one. */
  goBack(commits: number, newServer: boolean): void {
    if (newServer) this.run++;
    this.cutTo(Math.max(1, this.line.length - commits));
  }

  private cutTo(length: number): void {
    this.line.length = length;
    this.current = this.line[length - 1]?.state ?? this.current;
    this.connections++;
  }
}
