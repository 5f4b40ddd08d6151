/** What the sound provider has nothing of, as the suite wants to be told. */
export const NOTHING_OF = {
  otherSettings: 'none',
  states: 'none',
  expireCredentials: 'none',
  provoke: 'none',
} as const
