import type { Sealer } from '@ponte/service-kit';

/** The log partition of a workspace. */
export type PartitionOf = (workspaceId: string) => number;
export const PARTITION_OF = Symbol('PartitionOf');

/** Seals and opens the tokens of hooks. */
export type TokenSealer = Pick<Sealer, 'seal' | 'open'>;
export const TOKEN_SEALER = Symbol('TokenSealer');

/** Base of the hooks' URLs, without a slash at its end. */
export const PUBLIC_URL = Symbol('PublicUrl');
