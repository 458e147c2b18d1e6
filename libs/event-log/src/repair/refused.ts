/** Why a repair was not done. Nothing was changed. */
export type RefusalKind =
  | 'no_such_partition'
  | 'not_stopped'
  | 'wrong_kind_of_stop'
  | 'no_such_dead_letter'
  | 'already_resolved'
  | 'blocked'
  | 'redo_is_never_allowed'
  | 'failed_again';

export class RepairRefused extends Error {
  override readonly name = 'RepairRefused';

  constructor(
    readonly kind: RefusalKind,
    message: string,
  ) {
    super(message);
  }
}
