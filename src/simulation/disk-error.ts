/** What a simulated disk says when it fails. A full one says what LevelDB's full disk does. */
export type DiskErrorCode = 'EIO' | 'ENOSPC';

export class DiskError extends Error {
  override readonly name = 'DiskError';

  constructor() {
    super('EIO: the disk failed');
  }
}
