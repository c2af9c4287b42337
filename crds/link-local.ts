/**
 * Addresses that no agent has business with: link-local ones, where clouds keep their metadata and credentials. What is written in yet another form, or
 * behind a name, is stopped by the network policy of the workers.
 */
import type { Rule } from './rule.ts'

/** Of IPv4, of IPv6, of IPv4 inside IPv6, and by name. */
const LINK_LOCAL =
  '^[a-z]+://(169[.]254[.]|[[][fF][eE][89abAB][0-9a-fA-F]:|[[]::[fF]{4}:(169[.]254[.]|[aA]9[fF][eE]:)|metadata[.]google[.]internal)'

export const noLinkLocal: Rule<string> = {
  cel: `!self.matches('${LINK_LOCAL}')`,
  message: 'must not point to a link-local or metadata address: an agent has no business there',
  holds: url => !new RegExp(LINK_LOCAL).test(url),
}
