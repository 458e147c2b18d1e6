/** Wakes a loop: a `set` before the wait is not lost, and several are one. */
export class Signal {
  private isSet = false;
  private waiter: (() => void) | null = null;

  set(): void {
    this.isSet = true;
    this.waiter?.();
  }

  /** Resolves at the next `set` (at once if there was one since the last wait), or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.isSet) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.waiter = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.waiter = null;
    this.isSet = false;
  }
}
