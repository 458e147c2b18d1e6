/**
 * The value of an option that is a whole number from 1 on.
 *
 * @throws Error that names the option, for people
 */
export function wholeNumber(option: string, given: string): number {
  if (!/^[1-9]\d{0,8}$/.test(given)) throw new Error(`--${option} is a whole number from 1 on, not "${given}".`);
  return Number(given);
}
