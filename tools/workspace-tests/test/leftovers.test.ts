import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { expect, onTestFinished, test } from 'vitest'
import { endLeftovers, processesWith } from '../src/leftovers.ts'

const script = join(import.meta.dirname, '../src/leftovers.ts')

/** A process in a session of its own. Resolves when it runs. */
async function start(variable: string, code: string): Promise<number> {
  const [name = '', value] = variable.split('=')
  const child = spawn(execPath, ['-e', `${code};console.log()`], {
    env: { [name]: value },
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child.pid ?? 0
}

async function runScript(variable: string): Promise<{ code: unknown; output: string }> {
  const [name = '', value] = variable.split('=')
  // The script has the variable too, and is no leftover of itself.
  const child = spawn(execPath, [script, variable], { env: { [name]: value }, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as unknown[]
  return { code, output }
}

test.runIf(process.platform === 'linux')('what was left is named, killed, and a failure', async () => {
  const variable = `LEFT=${randomUUID()}`
  const pid = await start(variable, 'setTimeout(() => {}, 60_000)')
  await start(`LEFT=${variable}`, 'setTimeout(() => {}, 60_000)')
  const { code, output } = await runScript(variable)
  expect(code).toBe(1)
  expect(output.trim().split('\n')).toEqual([expect.stringContaining(`killed: ${pid} ${execPath} -e setTimeout`)])
  await expect.poll(() => processesWith(variable)).toEqual([])
})

test.runIf(process.platform === 'linux')('a process that is ending has time for it', async () => {
  const variable = `LEFT=${randomUUID()}`
  await start(variable, 'setTimeout(() => {}, 2_000)')
  expect(processesWith(variable)).toHaveLength(1)
  expect(await endLeftovers(variable, 30_000)).toEqual([])
})

test.runIf(process.platform === 'linux')('nothing left is no failure', async () => {
  expect(await runScript(`LEFT=${randomUUID()}`)).toEqual({ code: 0, output: '' })
})
