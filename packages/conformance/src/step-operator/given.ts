import type { BaseStepOperator } from '@sidestep/core'

import { hold } from '../hold.ts'
import { jobServiceOf } from './job-service-of.ts'
import type { Given } from './subject.ts'

/** What is asked for in these words, by the name of the option. */
const WANTED = {
  otherSettings: "settings that are valid, each of which changes the request; 'none' where steps can set nothing",
  states: "every state that its provider has, and the operator's own table of them; 'none' where it has none",
  expireCredentials:
    "a function that makes credentials that were handed out invalid; 'none' where there are none that expire",
  provoke: "functions that make the provider refuse a job or end it; 'none' where it can be made to do nothing",
} as const

/**
 * What the implementer has given; `undefined` for `'none'`, and of an operator with nothing but `launch()`. Fails where one over
 * a service has said nothing: what is not looked at must have been decided by somebody.
 */
export function givenOf<K extends keyof typeof WANTED>(
  given: Given,
  name: K,
  operator: BaseStepOperator<any, any>,
): Exclude<Given[K], 'none' | undefined> | undefined {
  const value = given[name]
  // `{}` has nothing in it that could be looked at.
  const isEmpty = typeof value === 'object' && Object.keys(value).length === 0
  hold((value !== undefined && !isEmpty) || jobServiceOf(operator) === undefined, {
    seen: `stepOperatorConformance() was given ${isEmpty ? 'an empty' : 'no'} \`${name}\` for an operator over a JobService`,
    must: 'nothing is skipped without a word',
    mend: `Give \`${name}\`: ${WANTED[name]}.`,
  })
  return value === 'none' ? undefined : (value as Exclude<Given[K], 'none' | undefined> | undefined)
}
