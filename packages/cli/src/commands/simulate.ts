import { Argument, InvalidArgumentError, type Command } from 'commander'
import type { SimulateOptions } from '../simulate/simulate-command.ts'
import { RepeatableOption } from './given-once.ts'
import { outputOption, verboseOption, type SetExitCode } from './options.ts'

const HELP = `
Examples:
  $ npm install --save-dev @sidestep/simulators
  $ sidestep simulate aws
  $ sidestep simulate gcp --port 4443 --time-scale 60
  $ sidestep simulate aws --fault throttle:s3.PutObject:2 --fault slow:s3.*:0.1 --seed monday
  $ sidestep simulate aws --fault slow:s3.GetObject:2,delay=5000 --rate s3.*=100/500 --list-delay 2000
  $ sidestep simulate azure --output json > simulator.ndjson &

It answers on one port of 127.0.0.1, says which variables lead the official SDKs there, and goes
on until Ctrl-C. Then it says how many calls of each operation came.

A fault is NAME:OPERATION, once; with :COUNT so many times; with :PROBABILITY (0.1) in that
part of all calls, decided by the seed. After it ,after=CALLS ,delay=MILLISECONDS and
,path=EXPRESSION say more. A fault that never happened is an error at the end. A rate is
OPERATION=PER_SECOND, or OPERATION=PER_SECOND/BURST.
docs/simulators.md lists names and operations, and what is not as in the cloud.

Exit codes: 0 it was ended; 1 a fault that was asked for did not happen, or the simulator broke;
2 it could not start as it was asked to.`

/** Those that there are simulators of. */
const CLOUDS: readonly string[] = ['aws', 'gcp', 'azure']

/** `sidestep simulate`. */
export function addSimulateCommand(program: Command, setExitCode: SetExitCode): void {
  program
    .command('simulate')
    .description('answer like a cloud on this machine, for tests and demos')
    // The command checks it by itself: it knows what was meant.
    .addArgument(new Argument('<cloud>', 'which one').choices(CLOUDS).argParser((text: string) => text))
    .option('--port <n>', 'the port on 127.0.0.1 (default: any free one)', portNumber)
    .option('--time-scale <n>', 'how many times as fast as real time its clock is (default: 1)', scaleOfTime)
    .option('--folder <folder>', 'where its state lies (default: a temporary one that is removed)')
    .addOption(new RepeatableOption('--fault <fault>', 'what is to go wrong, and with which calls; may be repeated'))
    .addOption(new RepeatableOption('--rate <rate>', 'how many calls of an operation are taken; may be repeated'))
    .option('--list-delay <ms>', 'how long after a change lists show what was before (default: 0)', milliseconds)
    .option('--seed <text>', 'what faults with a probability are decided by (default: a new one, which is told)')
    .addOption(outputOption('a line with the endpoint at the start, and one with the calls at the end,'))
    .addOption(verboseOption())
    .addHelpText('after', HELP)
    .action(async (cloud: string, options: Omit<SimulateOptions, 'clouds'>) => {
      const { simulateCommand } = await import('../simulate/simulate-command.ts')
      setExitCode(await simulateCommand(cloud, { ...options, clouds: CLOUDS }))
    })
}

function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('It is a whole number from 0 to 65535; 0 is any free one.')
}

function milliseconds(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a whole number of milliseconds.')
}

function scaleOfTime(text: string): number {
  const scale = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (scale >= 0.001 && scale <= 10_000) return scale
  throw new InvalidArgumentError('It is a number from 0.001 to 10000.')
}
