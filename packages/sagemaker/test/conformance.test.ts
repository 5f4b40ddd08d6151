import { SecondaryStatus, TrainingJobStatus } from '@aws-sdk/client-sagemaker'
import { stepOperatorConformance } from '@sidestep/conformance'
import { test } from 'vitest'

import { phaseOf, stateText } from '../src/operator/training-states.ts'
import { OTHER_SETTINGS } from './support/other-settings.ts'
import { simulatedAccount } from './support/simulated-account.ts'

const account = simulatedAccount()

/** Both of SageMaker's words, as the operator tells them. */
const STATES = Object.values(TrainingJobStatus).flatMap((status) =>
  Object.values(SecondaryStatus).map((secondary) => stateText({ status, secondary })),
)

const inStatus = (...statuses: readonly string[]): readonly string[] =>
  STATES.filter((state) => statuses.includes(state.split('/')[0] ?? ''))

stepOperatorConformance({
  test,
  create: ({ name }) => account.stack(name),
  settings: account.settings,
  otherSettings: OTHER_SETTINGS,
  states: {
    values: STATES,
    phaseOf: (state) => {
      const [status = '', secondary = status] = state.split('/')
      return phaseOf({ status, secondary }, true)
    },
    ends: inStatus('Completed', 'Failed', 'Stopped'),
    successes: inStatus('Completed'),
  },
  expireCredentials: () => account.expireCredentials(),
  provoke: account.provoke,
})
