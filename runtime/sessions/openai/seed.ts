/** A conversation carried into a new session as text. Assistant audio cannot be seeded; assistant text can. */
import type { ConversationItem } from 'openai/resources/realtime/realtime'
import type { Turn } from '#runtime/call/ports.ts'

export function itemOfTurn({ role, text }: Turn): ConversationItem {
  if (role === 'agent') return { type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }
  return { type: 'message', role: role === 'caller' ? 'user' : 'system', content: [{ type: 'input_text', text }] }
}

/** Items in the order of the turns; turns without words are left out, for the API refuses empty text. */
export function seedItems(history: readonly Turn[]): ConversationItem[] {
  return history.filter(turn => turn.text.trim() !== '').map(itemOfTurn)
}
