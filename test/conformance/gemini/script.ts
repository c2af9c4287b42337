/** What the simulated model does in the calls and for the vendor's client: a tool, an offer long enough to interrupt, keys, a goodbye. */
export const OFFER = `I have Tuesday at ten or at three. Which one suits you? The one at ten is with Doctor Lee, and the one at \
three is with Doctor Grant. If neither of them suits you, I can look at another day of the week for you.`

export const SCRIPT = {
  turns: [
    {
      on: 'caller' as const,
      heard: 'Hello, I would like an appointment on Tuesday, please.',
      call: 'find_appointment',
      arguments: { day: 'Tuesday' },
    },
    { on: 'tool' as const, match: '15:00', say: OFFER },
    { on: 'caller' as const, heard: "Three o'clock, please.", say: 'Tuesday at three it is.', ms: 2500 },
    { on: 'text' as const, match: '1234', say: 'Thank you, I have your digits.' },
    {
      on: 'caller' as const,
      heard: 'No, that is all, thank you, goodbye.',
      items: [{ say: 'Goodbye.' }, { call: 'end_call' }],
    },
  ],
}

/** A sentence long enough to be told in the middle of it that the connection goes, and what is asked when it is over. */
export const SHORT_NOTICE = {
  turns: [
    {
      name: 'sentence',
      on: 'caller' as const,
      heard: 'Hello, I would like an appointment on Tuesday, please.',
      say: 'We are open on Tuesday from nine to six, and there is room at ten and at three. Which one suits you?',
      ms: 6000,
    },
    { on: 'caller' as const, heard: "Three o'clock, please.", say: 'Tuesday at three it is.', ms: 2500 },
  ],
}
