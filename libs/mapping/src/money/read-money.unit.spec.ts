import { describe, expect, it } from '@jest/globals';
import { readMoney, type MoneyFormat } from './read-money.js';

const auto: MoneyFormat = { unit: 'decimal', decimalSeparator: 'auto' };
const point: MoneyFormat = { unit: 'decimal', decimalSeparator: '.' };
const minor: MoneyFormat = { unit: 'minor', decimalSeparator: 'auto' };

describe('amounts', () => {
  it.each<[string | number, string | null]>([
    [297, '297.00'],
    [297.5, '297.50'],
    [0.1 + 0.2, '0.30'],
    [-12.3, '-12.30'],
    [-0.0000001, '0.00'],
    ['297.00', '297.00'],
    ['297,00', '297.00'],
    ['R$ 1.234,56', '1234.56'],
    ['US$ 1,234.56', '1234.56'],
    ['1.234.567', '1234567.00'],
    ['1.500', '1500.00'],
    ['0.125', '0.125'],
    ['-R$ 10', '-10.00'],
    ['10 BRL', '10.00'],
    ["1'234.50", '1234.50'],
    ['12345678901.123456', '12345678901.123456'],
    ['Até R$ 10 mil', null],
    ['10 - 20', null],
    ['1.2.3,4,5', null],
    ['--5', null],
    ['', null],
    ['1e5', null],
    ['9'.repeat(19), null],
    [Number.MAX_VALUE, null],
  ])('%s → %s', (value, expected) => {
    expect(readMoney(value, auto, 'BRL')).toBe(expected);
  });

  it('sent as text with a known separator are never guessed at', () => {
    expect(readMoney('1.500', point, 'BRL')).toBe('1.50');
    expect(readMoney('1,500.25', point, 'BRL')).toBe('1500.25');
  });

  it('in a currency with three decimals have them', () => {
    expect(readMoney('1.500', auto, 'KWD')).toBe('1.500');
  });

  it('in minor units move the point by the currency', () => {
    expect(readMoney(29700, minor, 'BRL')).toBe('297.00');
    expect(readMoney('5', minor, 'BRL')).toBe('0.05');
    expect(readMoney(500, minor, 'JPY')).toBe('500');
    expect(readMoney(1500, minor, 'KWD')).toBe('1.500');
    expect(readMoney('9007199254740993', minor, 'BRL')).toBe('90071992547409.93');
  });

  it('other values are no amounts', () => {
    expect([true, null, [], {}].map((value) => readMoney(value, auto, 'BRL'))).toEqual([null, null, null, null]);
  });
});
