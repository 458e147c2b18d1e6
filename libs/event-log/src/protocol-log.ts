/** The part of a pino logger that the protocol needs: one line per thing that happened, its facts as fields. */
export interface ProtocolLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const silentLog: ProtocolLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
