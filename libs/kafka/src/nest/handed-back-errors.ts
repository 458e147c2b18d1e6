import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';

/**
 * Hands a handler's error back to the transport as it is. Without it Nest puts a general "Internal server error" in its
 * place and logs the original, once for each repetition. Use it on controllers that take `WaitingRecords`:
 * `@UseFilters(new HandedBackErrors())`.
 */
@Catch()
export class HandedBackErrors implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
