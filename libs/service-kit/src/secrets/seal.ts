import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';
const VERSION = 's1';

/** Why a sealed text could not be opened. */
export type UnsealFailure = 'malformed' | 'unknown_key' | 'tampered';

/** A sealed text that doesn't open: it isn't one, its key is gone, or it (or its context) was changed. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';

  constructor(
    readonly failure: UnsealFailure,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Encrypts secrets at rest by AES-256-GCM. The first key seals; all of them open, so a key is rotated by putting the new
 * one in front and dropping the old one when nothing sealed by it is left (`needsReseal`).
 *
 * A sealed text is `s1.<key id>.<base64url of iv, ciphertext and tag>`; a key's id is made from the key itself.
 */
export class Sealer {
  private readonly keys: ReadonlyMap<string, Buffer>;
  private readonly current: { readonly id: string; readonly key: Buffer };

  /** @param keys of 32 bytes each, the one that seals first */
  constructor(keys: readonly [Buffer, ...Buffer[]]) {
    if (keys.some((key) => key.length !== KEY_BYTES)) throw new RangeError('A sealing key has 32 bytes');
    this.current = { id: keyId(keys[0]), key: keys[0] };
    this.keys = new Map(keys.map((key) => [keyId(key), key]));
  }

  /**
   * @param context what the secret belongs to, such as `inbound-integration/<id>`: a sealed text copied to another row
   *   does not open there. It is authenticated, not stored.
   */
  seal(plaintext: string, context = ''): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.current.key, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(associatedData(this.current.id, context));
    const sealed = Buffer.concat([iv, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}.${this.current.id}.${sealed.toString('base64url')}`;
  }

  /**
   * @param context the same as when it was sealed
   * @throws UnsealError
   */
  open(sealed: string, context = ''): string {
    const { id, bytes } = parse(sealed);
    const key = this.keys.get(id);
    if (!key) throw new UnsealError('unknown_key', `The secret was sealed by key ${id}, which is not configured`);
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData(id, context));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const plaintext = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
      return Buffer.concat([plaintext, decipher.final()]).toString('utf8');
    } catch {
      throw new UnsealError('tampered', 'The sealed secret, or what it belongs to, was changed');
    }
  }

  /** @returns whether an older key sealed this, so that it should be opened and sealed again. */
  needsReseal(sealed: string): boolean {
    return parse(sealed).id !== this.current.id;
  }
}

function parse(sealed: string): { id: string; bytes: Buffer } {
  const [version, id, body, ...more] = sealed.split('.');
  const bytes = Buffer.from(body ?? '', 'base64url');
  if (version !== VERSION || id === undefined || more.length > 0 || bytes.length < IV_BYTES + TAG_BYTES) {
    throw new UnsealError('malformed', 'This is not a sealed secret');
  }
  return { id, bytes };
}

function associatedData(id: string, context: string): Buffer {
  return Buffer.from(`${VERSION}.${id}.${context}`, 'utf8');
}

/** A hash of a key of 256 random bits tells nothing about it. */
function keyId(key: Buffer): string {
  return createHash('sha256').update('ponte sealing key id').update(key).digest('hex').slice(0, 8);
}
