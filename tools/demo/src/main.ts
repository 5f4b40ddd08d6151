import { rm } from 'node:fs/promises'

import { callLines } from './call-lines.ts'
import { HELP_TEXT } from './help-text.ts'
import { homeFolder } from './home-folder.ts'
import { readArguments, type DemoArguments } from './read-arguments.ts'
import { runPipeline } from './run-pipeline.ts'
import { simulatedSagemaker } from './simulated-sagemaker.ts'
import { WrongInput } from './wrong-input.ts'

/** As of every command of sidestep. */
const WRONG_INPUT = 2

try {
  process.exitCode = await demo(readArguments(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof WrongInput)) throw error
  say(['', `✖ ${error.message}`, '', `  hint: ${error.hint}`])
  process.exitCode = WRONG_INPUT
}

async function demo(told: DemoArguments): Promise<number> {
  if (told.help) {
    process.stdout.write(HELP_TEXT)
    return 0
  }
  if (told.stack === 'sagemaker') return onSagemaker(told)
  return runPipeline(told.rest, { environment: process.env, inProject: told.stack !== undefined })
}

/** The same pipeline, with the stack `sagemaker` of its sidestep.yaml, in an account that is gone afterwards. */
async function onSagemaker({ jobs, base, rest }: DemoArguments): Promise<number> {
  const account = await simulatedSagemaker({
    ...(jobs === undefined ? {} : { jobs }),
    ...(base === undefined ? {} : { base }),
  })
  // Runs of an account that is gone would be listed for ever.
  const home = await homeFolder()
  let code: number
  try {
    say(account.description)
    // Nothing of an account of yours: whatever is not answered here fails.
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
    const environment = { ...Object.fromEntries(own), ...account.environment, SIDESTEP_HOME: home }
    code = await runPipeline(rest, { environment, inProject: true })
    say(['', 'what the simulator was asked:', ...callLines(account.calls)])
  } finally {
    await account.close()
    await rm(home, { recursive: true, force: true })
  }
  say(['', "gone now, whatever is named above: the account with its bucket, the job's files, and the run's journal"])
  return code
}

function say(lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`${line}\n`)
}
