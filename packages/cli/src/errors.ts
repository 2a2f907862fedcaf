/** What was typed makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What was typed makes sense, and can not be done. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** What the system says of a file, as people say it. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'that is a folder',
  EACCES: 'permission was denied',
  EPERM: 'permission was denied',
  EROFS: 'the file system can only be read',
  ENOSPC: 'the disk is full',
}

/** An error of the file system in a sentence; every other error as it is. */
export function ofFile(doing: string, path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (typeof code !== 'string') return error
  return new CommandError(`Can not ${doing} ${path}: ${REASONS[code] ?? code}.`, { cause: error })
}
