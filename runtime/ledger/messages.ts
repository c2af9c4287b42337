/** What the media thread and the writer's thread say to each other. */
import type { Row } from './entry.ts'

export interface WriterData {
  readonly path: string
  readonly retainMs: number | null
  readonly maxPages: number | null
}

export type ToWriter =
  | { readonly type: 'commit'; readonly batch: number; readonly rows: readonly Row[] }
  | { readonly type: 'limitPages'; readonly pages: number }
  | { readonly type: 'close' }

export type FromWriter =
  | { readonly type: 'open' }
  | { readonly type: 'committed'; readonly batch: number; readonly refused: number }
  | { readonly type: 'failed'; readonly batch: number; readonly message: string }
  /** The file could not be opened; the thread ends. */
  | { readonly type: 'refused'; readonly code: string; readonly message: string; readonly help: string }
