import { describe, expect, it } from '@jest/globals';
import { findJava, parseJavaVersion } from './java.js';

describe('the version of a Java', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_292"', 8],
    ['openjdk version "21" 2023-09-19', 21],
    ['command not found', null],
  ])('is read from %s', (output, version) => {
    expect(parseJavaVersion(output)).toBe(version);
  });

  it('missing is said with what to install', async () => {
    await expect(findJava({ PATH: '/nonexistent' })).rejects.toMatchObject({
      code: 'no_java',
      message: expect.stringContaining('Install a JDK or JRE 17+'),
    });
  });
});
