import { WrongInput } from './wrong-input.ts'

/** How simulated jobs run. */
export type Jobs = 'process' | 'container'

/** What the demo was told. */
export interface DemoArguments {
  /** `--help` or `-h`: nothing is to run. */
  readonly help: boolean
  /** `--stack NAME`. Absent: what is active in sidestep.yaml, which is this machine. */
  readonly stack?: string
  /** `--jobs container`: how simulated jobs run. Absent: as processes. */
  readonly jobs?: Jobs
  /** `--base IMAGE`: what images of simulated jobs are built on. */
  readonly base?: string
  /** For `sidestep run`: all but the demo's own, `--jobs` and `--base`. */
  readonly rest: readonly string[]
}

/**
 * Reads `--stack NAME` or `--stack=NAME`, and so on; the last one counts. Throws `WrongInput` for `--jobs` of another kind, for an option of
 * simulated jobs without a value, and where no jobs are simulated. Pure.
 */
export function readArguments(args: readonly string[]): DemoArguments {
  const found: Record<string, string> = {}
  const rest: string[] = []
  for (let index = 0; index < args.length; index += 1) {
    const [, name = '', inline] = /^--(stack|jobs|base)(?:=(.*))?$/s.exec(args[index] ?? '') ?? []
    if (name === '') {
      rest.push(args[index] ?? '')
      continue
    }
    const value = inline ?? args[(index += 1)]
    // One of sidestep's own is left to it to refuse.
    if (name === 'stack') rest.push('--stack', ...(value === undefined ? [] : [value]))
    else if (value === undefined) throw new WrongInput(`--${name} has no value`, '`demo --help` says what it takes.')
    if (value !== undefined) found[name] = value
  }
  const { stack, jobs, base } = found
  const help = rest.includes('--help') || rest.includes('-h')
  if (!help) checkIsSimulated(found)
  return {
    help,
    ...(stack === undefined ? {} : { stack }),
    ...(jobs === undefined ? {} : { jobs: jobsOf(jobs) }),
    ...(base === undefined ? {} : { base }),
    rest,
  }
}

function jobsOf(text: string): Jobs {
  if (text === 'process' || text === 'container') return text
  throw new WrongInput(
    `--jobs ${text}: simulated jobs are processes or containers`,
    'Write --jobs process or --jobs container.',
  )
}

function checkIsSimulated({ stack, ...own }: Readonly<Record<string, string>>): void {
  const [name] = Object.keys(own)
  if (name === undefined || stack === 'sagemaker') return
  const where = stack === undefined ? 'no stack is named' : `the stack is ${stack}`
  throw new WrongInput(`--${name} is for simulated jobs, and ${where}`, 'Add --stack sagemaker, or leave it out.')
}
