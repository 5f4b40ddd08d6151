import { expect, test } from 'vitest'

import { callLines } from '../src/call-lines.ts'
import { readArguments } from '../src/read-arguments.ts'

test('without arguments it is this machine', () => {
  expect(readArguments([])).toEqual({ help: false, rest: [] })
})

test.each([[['--stack', 'sagemaker']], [['--stack=sagemaker']]])('%j is the stack, and goes on to sidestep', (args) => {
  expect(readArguments([...args, '--verbose'])).toEqual({
    help: false,
    stack: 'sagemaker',
    rest: ['--stack', 'sagemaker', '--verbose'],
  })
})

test('what jobs run as is for the demo alone', () => {
  expect(readArguments(['--jobs', 'container', '--base=node:22', '--stack', 'sagemaker'])).toEqual({
    help: false,
    stack: 'sagemaker',
    jobs: 'container',
    base: 'node:22',
    rest: ['--stack', 'sagemaker'],
  })
})

test.each([
  [['--jobs', 'contaner', '--stack', 'sagemaker'], '--jobs contaner: simulated jobs are processes or containers'],
  [['--stack', 'sagemaker', '--jobs'], '--jobs has no value'],
  [['--jobs', 'container'], '--jobs is for simulated jobs, and no stack is named'],
  [['--base=node:22', '--stack', 'containers'], '--base is for simulated jobs, and the stack is containers'],
])('%j is refused', (args, message) => {
  expect(() => readArguments(args)).toThrow(message)
})

test.each(['--help', '-h'])('%s asks for help, whatever else is there', (option) => {
  expect(readArguments(['--jobs', 'container', option])).toMatchObject({ help: true })
})

test('an option without a value is left to sidestep to refuse', () => {
  expect(readArguments(['--stack'])).toEqual({ help: false, rest: ['--stack'] })
})

test('calls are counted by service and operation', () => {
  const calls = ['s3.GetObject', 'sagemaker.CreateTrainingJob', 's3.GetObject', 's3.PutObject'].map((name) => {
    const [service = '', operation = ''] = name.split('.')
    return { service, operation }
  })
  expect(callLines(calls)).toEqual(['  s3         GetObject 2, PutObject 1', '  sagemaker  CreateTrainingJob 1'])
})
