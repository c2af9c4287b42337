/** The conversation as text, for the next session: an agent's turn is limited to what was heard. */
import type { Turn } from './ports.ts'
import type { CallState } from './state.ts'
import type { HistoryEntry } from './state-parts.ts'

const MAX_ENTRIES = 200
const MAX_TEXT = 8000
const CUT_MARK = '… [interrupted]'

export function remember(call: CallState, role: HistoryEntry['role'], item: string | null, text: string): HistoryEntry {
  const n = ++call.seq
  const entry: HistoryEntry = {
    n,
    changed: n,
    role,
    item,
    text: text.slice(0, MAX_TEXT),
    final: text !== '',
    share: 1,
  }
  call.history.push(entry)
  if (call.history.length > MAX_ENTRIES) call.history.shift()
  return entry
}

/** Words of an item, as a piece or as the whole. A caller's words go to the oldest turn that waits for some. */
export function hearWords(
  call: CallState,
  role: 'caller' | 'agent',
  item: string,
  text: string,
  final: boolean,
): HistoryEntry {
  const entry =
    call.history.findLast(e => e.item === item && e.role === role) ??
    (role === 'caller' ? call.history.find(e => e.role === role && e.item === null && !e.final) : undefined) ??
    remember(call, role, item, '')
  entry.item = item
  const words = (final ? text : entry.text + text).slice(0, MAX_TEXT)
  if (words.trim() !== entry.text.trim()) entry.changed = ++call.seq
  entry.text = words
  entry.final = final
  return entry
}

/** The words that were heard: by the share of the audio, cut at a word. */
export function heardWords(entry: HistoryEntry): string {
  if (entry.share >= 1) return entry.text
  const part = entry.text.slice(0, Math.floor(entry.text.length * entry.share))
  const words = /\s/.test(entry.text.charAt(part.length)) ? part : part.replace(/\S*$/, '')
  return `${words.trimEnd()}${CUT_MARK}`
}

/**
 * What a new session is given: the newest turns with words, within the policy's bounds, oldest first. `after`: entries newer than this
 * number; `changedAfter`: those to which words came since then.
 */
export function turnsOf(call: CallState, after = -1, changedAfter = -1): Turn[] {
  const { maxTurns, maxChars } = call.policy.history
  const turns: Turn[] = []
  let chars = 0
  for (const entry of call.history.toReversed()) {
    if (entry.n <= after || turns.length >= maxTurns) break
    if (entry.changed <= changedAfter) continue
    if (entry.text.trim() === '' || (entry.role === 'agent' && entry.share <= 0)) continue
    const text = heardWords(entry)
    chars += text.length
    if (chars > maxChars) break
    turns.push({ role: entry.role, text })
  }
  return turns.reverse()
}
