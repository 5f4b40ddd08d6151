import { expect, it } from 'vitest'

import { timeOfAnswer } from '../../src/operator/answer-time.ts'

const SIGNED = { 'x-amz-date': '20261122T211128Z' }
const NEAR = 'Sun, 22 Nov 2026 21:15:00 GMT'
const FAR = 'Mon, 23 Nov 2026 21:15:00 GMT'

it.each<[string, object | undefined, object | undefined, string | undefined]>([
  ['what its Date says', SIGNED, { date: NEAR }, '2026-11-22T21:15:00.000Z'],
  ['when the call was signed, where the Date is far from that', SIGNED, { date: FAR }, '2026-11-22T21:11:28.000Z'],
  ['the same where the answer was kept', SIGNED, { date: NEAR, age: '60' }, '2026-11-22T21:11:28.000Z'],
  ['the same without a Date, or with one that is none', SIGNED, { date: 'soon' }, '2026-11-22T21:11:28.000Z'],
  ['what its Date says of what was not signed', {}, { date: FAR }, '2026-11-23T21:15:00.000Z'],
  ['unknown where nothing tells', undefined, undefined, undefined],
])('the time of an answer is %s', (_, request, response, time) => {
  expect(timeOfAnswer(request as never, response as never)?.toISOString()).toBe(time)
})
