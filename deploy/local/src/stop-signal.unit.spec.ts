import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { stopSignal } from './stop-signal.js';

class Signals extends EventEmitter {
  readonly left: number[] = [];
  exit(code: number): void {
    this.left.push(code);
  }
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('a signal to stop', () => {
  it('asks for an orderly stop, and says why to what waits', () => {
    const signals = new Signals();
    const signal = stopSignal('stopped on purpose', signals);
    expect(signal.aborted).toBe(false);
    signals.emit('SIGTERM');
    expect(signal.reason).toEqual(new Error('stopped on purpose'));
    expect(signals.left).toEqual([]);
  });

  it('that arrives twice of one key press, from the terminal and through npm, still stops orderly', () => {
    const signals = new Signals();
    stopSignal('', signals);
    signals.emit('SIGINT');
    jest.advanceTimersByTime(20);
    signals.emit('SIGINT');
    expect(signals.left).toEqual([]);
  });

  it('that is given again leaves at once', () => {
    const signals = new Signals();
    stopSignal('', signals);
    signals.emit('SIGINT');
    jest.advanceTimersByTime(1_000);
    signals.emit('SIGINT');
    expect(signals.left).toEqual([130]);
  });
});
