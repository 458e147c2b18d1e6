import { describe, expect, it } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import { ReceiverAddresses, type AddressSources } from './receiver-addresses.js';

const ADDRESS: LookupAddress = { address: '203.0.113.7', family: 4 };
const failure = (code: string) => Object.assign(new Error(code), { code });

/** Sources that are asked, and answer when they are told to. */
class Sources implements AddressSources {
  readonly asked: string[] = [];
  answer: () => Promise<readonly LookupAddress[]> = () => Promise.resolve([ADDRESS]);
  readonly resolve = (host: string) => this.ask(`dns ${host}`);
  system: AddressSources['system'] = (host) => this.ask(`system ${host}`);

  private ask(what: string): Promise<readonly LookupAddress[]> {
    this.asked.push(what);
    return this.answer();
  }
}

describe('the addresses of receivers', () => {
  it('are asked for once, however many calls want them, and again after a short time', async () => {
    const sources = new Sources();
    let now = 0;
    const addresses = new ReceiverAddresses(sources, () => now);
    const found = await Promise.all(Array.from({ length: 50 }, () => addresses.addressesOf('shop.example')));
    expect(new Set(found)).toEqual(new Set([[ADDRESS]]));
    expect(await addresses.addressesOf('shop.example')).toEqual([ADDRESS]);
    expect(sources.asked).toEqual(['dns shop.example']);
    now = 10_001;
    await addresses.addressesOf('shop.example');
    expect(sources.asked).toHaveLength(2);
  });

  it('of names that are the installation’s own come from the system', async () => {
    const sources = new Sources();
    await new ReceiverAddresses(sources).addressesOf('localhost');
    expect(sources.asked).toEqual(['system localhost']);
  });

  it('come from the system where DNS knows none', async () => {
    const sources = new Sources();
    sources.answer = () => Promise.reject(failure('ENOTFOUND'));
    await expect(new ReceiverAddresses(sources).addressesOf('shop.example')).rejects.toMatchObject({
      code: 'ENOTFOUND',
    });
    expect(sources.asked).toEqual(['dns shop.example', 'system shop.example']);
  });

  it('whose name servers are silent hold no thread', async () => {
    const sources = new Sources();
    sources.answer = () => Promise.reject(failure('ETIMEOUT'));
    await expect(new ReceiverAddresses(sources).addressesOf('slow.example')).rejects.toMatchObject({
      code: 'ETIMEOUT',
    });
    expect(sources.asked).toEqual(['dns slow.example']);
  });

  it('are asked of the system two at a time', async () => {
    const sources = new Sources();
    const held: (() => void)[] = [];
    let atOnce = 0;
    let most = 0;
    sources.system = async () => {
      most = Math.max(most, (atOnce += 1));
      await new Promise<void>((resolve) => held.push(resolve));
      atOnce -= 1;
      return [ADDRESS];
    };
    const addresses = new ReceiverAddresses(sources);
    const all = Promise.all(['a', 'b', 'c', 'd', 'e'].map((host) => addresses.addressesOf(host)));
    for (let ended = 0; ended < 5; ended += 1) {
      while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
      held.shift()?.();
    }
    expect(await all).toHaveLength(5);
    expect(most).toBe(2);
  });
});
