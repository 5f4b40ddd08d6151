import { getPriority } from 'node:os'
import { pipeline, step } from '@sidestep/core'

export const priority = step({ name: 'priority', stepOperator: true }, () => getPriority())

export default pipeline('priority', () => priority())
