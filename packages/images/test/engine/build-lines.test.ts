import { expect, test } from 'vitest'

import { lineForPeople } from '../../src/engine/build-stage.ts'

test.each([
  ['#5 13.48 Unpacking curl (8.14.1-2) ...', '#5 Unpacking curl (8.14.1-2) ...'],
  ['#5 [2/3] RUN apt-get update', '#5 [2/3] RUN apt-get update'],
  ['#5 DONE 14.2s', '#5 DONE 14.2s'],
  [`#7 sha256:${'a'.repeat(64)}`, ''],
  [`#7 sha256:${'a'.repeat(64)} 10.5MB / 28.2MB 0.3s`, ''],
  ['a789631e3b1f: Preparing', ''],
  ['a789631e3b1f: Mounted from library/node', ''],
  ['denied: requested access to the resource is denied', 'denied: requested access to the resource is denied'],
  ['   ', ''],
])('%s', (line, told) => {
  expect(lineForPeople(line)).toBe(told)
})
