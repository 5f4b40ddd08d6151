import { stripVTControlCharacters } from 'node:util'
import type { Command } from 'commander'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { createProgram } from '../src/program.ts'

function help(command: Command, helpWidth: number): string[] {
  const helper = command.createHelp()
  helper.prepareContext({ helpWidth })
  return stripVTControlCharacters(helper.formatHelp(command, helper)).split('\n')
}

test('on a narrow terminal descriptions stand below, and everything fits', async () => {
  const program = await createProgram({ only: 'stack' })
  const stack = program.commands.find((command) => command.name() === 'stack')!
  const register = stack.commands.find((command) => command.name() === 'register')!
  const narrow = help(register, 40)
  expect(narrow).toEqual(
    expect.arrayContaining(['  -a, --artifact-store <name>', '      where inputs and results are kept']),
  )
  for (const command of [stack, register]) {
    const [usage, ...lines] = help(command, 40)
    expect(usage).toMatch(/^Usage: /)
    for (const line of lines) expect(stringWidth(line), line).toBeLessThanOrEqual(40)
  }
  expect(help(register, 80)).toContain('  -a, --artifact-store <name>      where inputs and results are kept')
})
