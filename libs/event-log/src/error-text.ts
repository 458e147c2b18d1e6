/** An error as status and log show it. For errors of the infrastructure, whose texts hold no data of a workspace. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(errorText).join('; ');
  return error instanceof Error ? error.message : String(error);
}
