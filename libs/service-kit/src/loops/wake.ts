/** Wakes a loop that waits between rounds: a `wake` before the `sleep` is not lost, and several are one. */
export class Wake {
  private pending = false;
  private end: (() => void) | null = null;

  wake(): void {
    this.pending = true;
    this.end?.();
  }

  /** Resolves at the next `wake` (at once if there was one since the last sleep), or after `ms`. */
  async sleep(ms: number): Promise<void> {
    if (!this.pending) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.end = null;
    this.pending = false;
  }
}
