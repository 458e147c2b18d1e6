import { describe, expect, it } from '@jest/globals';
import { parseOptions, UsageError, type OptionSpecs } from './command.js';

const specs = {
  name: { type: 'text', is: "the workspace's name", required: true },
  'time-zone': { type: 'text', is: 'an IANA name', default: 'America/Sao_Paulo' },
  id: { type: 'text', is: 'a UUID' },
  force: { type: 'flag', is: 'do it anyway' },
} satisfies OptionSpecs;

describe('the options of a command', () => {
  it('are filled with what was given, and with defaults', () => {
    expect(parseOptions(specs, ['--name', 'Loja', '--force'])).toEqual({
      name: 'Loja',
      'time-zone': 'America/Sao_Paulo',
      id: undefined,
      force: true,
    });
    expect(parseOptions(specs, ['--name=Loja', '--time-zone=UTC'])).toMatchObject({ 'time-zone': 'UTC', force: false });
  });

  it.each([
    ['a missing one', []],
    ['an unknown one', ['--name', 'x', '--nmae', 'y']],
    ['a text without its value', ['--name']],
    ['a word that belongs to none', ['--name', 'x', 'y']],
  ])('are refused with %s', (_, args) => {
    expect(() => parseOptions(specs, args)).toThrow(UsageError);
  });

  it('that are missing are explained', () => {
    expect(() => parseOptions(specs, [])).toThrow("--name is missing: the workspace's name");
  });
});
