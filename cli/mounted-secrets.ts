/** Credentials by mounted files, `DIRECTORY/SECRET/KEY`: what a worker reads of Secrets, and what it says of them. */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SecretState } from '#runtime/contract/load-line.ts'
import type { SecretRef } from '#runtime/worker/secret-watch.ts'

/** Read at each session: a Secret that is rotated is mounted anew. A small file on tmpfs, so that this does not hold up media. */
export function credentialAt(directory: string, ref: SecretRef): string | undefined {
  try {
    return usable(readFileSync(join(directory, ref.name, ref.key), 'utf8'))
  } catch {
    return undefined
  }
}

export async function secretStateAt(directory: string, ref: SecretRef): Promise<SecretState> {
  try {
    const value = usable(await readFile(join(directory, ref.name, ref.key), 'utf8'))
    return value === undefined ? 'unreadable' : 'present'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unreadable'
  }
}

/** What can go into a header (RFC 9110 §5.5): a key with a line break at its end is the commonest mistake, and is forgiven. */
function usable(text: string): string | undefined {
  const value = text.trim()
  return /^[\x21-\x7e]+$/.test(value) ? value : undefined
}
