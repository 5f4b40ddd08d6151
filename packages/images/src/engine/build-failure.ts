import { SidestepError } from '@sidestep/core/component'

import { linesOf, type DockerfileLine } from './dockerfile.ts'

/** Lines of output that a message shows. */
const SHOWN = 20

/** What a failed build said. */
export interface FailedBuild {
  /** How people know the Dockerfile. */
  readonly origin: string
  readonly dockerfile: string
  /** What the client printed, the newest last. */
  readonly output: readonly string[]
}

/** The engine, the network or a registry, and not the Dockerfile. */
const WORLD =
  /cannot connect to the docker daemon|connection refused|connection reset|i\/o timeout|tls handshake timeout|no space left on device|failed to do request|temporary failure in name resolution|no such host|error reading from server|daemon is shutting down|transport is closing|unexpected eof/iu
const LOGIN = /\b(?:unauthorized|authentication required|access denied|denied: |no basic auth credentials)/iu

/** The error of a build that failed: where in the Dockerfile, and what was printed last. Pure. */
export function buildFailure({ origin, dockerfile, output }: FailedBuild): SidestepError {
  const step = failedStep(output)
  const at = lineOf(output, step?.instruction, linesOf(dockerfile))
  const printed = step?.printed ?? []
  const last = (printed.length > 0 ? printed : output.filter((line) => line.trim() !== '')).slice(-SHOWN)
  const reason =
    step?.reason ?? output.findLast((line) => /error|failed/iu.test(line)) ?? output.at(-1) ?? 'it says nothing'
  const kind = kindOf(reason, step?.instruction)
  const place = at === undefined ? origin : `${origin}:${at.line}: ${at.text}`
  return new SidestepError(
    `the image cannot be built: ${place}\n${[...last, ...(last.includes(reason) ? [] : [reason])].join('\n')}`,
    {
      code: 'IMAGE_FAILED',
      kind,
      hint: {
        config: 'Correct the line. Every line of the build is in the output of the run.',
        auth: 'Log in to the registry with `docker login`.',
        infra: 'Try again when the engine and the network work.',
      }[kind],
    },
  )
}

function kindOf(reason: string, instruction: string | undefined): 'config' | 'auth' | 'infra' {
  // What a command of the Dockerfile says of a network is its own affair.
  if (instruction?.startsWith('RUN') === true) return /no space left on device/iu.test(reason) ? 'infra' : 'config'
  if (LOGIN.test(reason)) return 'auth'
  return WORLD.test(reason) ? 'infra' : 'config'
}

interface FailedStep {
  readonly instruction: string
  readonly reason: string
  readonly printed: readonly string[]
}

function failedStep(output: readonly string[]): FailedStep | undefined {
  return failedVertex(output) ?? failedPodmanStep(output)
}

/** BuildKit numbers what it does: `#7 [3/4] RUN make`, `#7 0.4 some output`, `#7 ERROR: exit code: 2`. */
function failedVertex(output: readonly string[]): FailedStep | undefined {
  const failed = output.findLast(
    (line) => /^#\d+ ERROR: /u.test(line) && !/^#\d+ ERROR: (?:context )?canceled/iu.test(line),
  )
  const [, number = '', reason = ''] = /^#(\d+) ERROR: (.*)$/u.exec(failed ?? '') ?? []
  if (number === '') return undefined
  const own = output.filter((line) => line.startsWith(`#${number} `)).map((line) => line.slice(number.length + 2))
  const instruction = own.map((line) => /^\[[^\]]*\d+\/\d+\] (.+)$/u.exec(line)?.[1]).find((it) => it !== undefined)
  const printed = own.flatMap((line) => /^\d+\.\d+ (.*)$/u.exec(line)?.[1] ?? [])
  return { instruction: instruction ?? '', reason, printed }
}

/** Podman says `STEP 2/3: RUN make`, the bare output, and `Error: building at STEP "RUN make": …`. */
function failedPodmanStep(output: readonly string[]): FailedStep | undefined {
  const start = output.findLastIndex((line) => /^(?:\[\d+\/\d+\] )?STEP \d+/u.test(line))
  const end = output.findLastIndex((line) => line.startsWith('Error: '))
  if (start === -1 || end < start) return undefined
  const instruction = /STEP \d+(?:\/\d+)?: (.+)$/u.exec(output[start] ?? '')?.[1] ?? ''
  return { instruction, reason: output[end] ?? '', printed: output.slice(start + 1, end) }
}

function lineOf(
  output: readonly string[],
  instruction: string | undefined,
  lines: readonly DockerfileLine[],
): DockerfileLine | undefined {
  const said = output
    .map(
      (line) =>
        /parse error (?:on )?line (\d+)/iu.exec(line)?.[1] ?? /^[\w./-]*Dockerfile[\w.-]*:(\d+)$/u.exec(line)?.[1],
    )
    .find((it) => it !== undefined)
  const wanted = squeezed(instruction ?? '')
  return (
    (wanted === '' ? undefined : lines.find(({ text }) => squeezed(text) === wanted)) ??
    lines.findLast(({ line }) => line <= Number(said ?? 0))
  )
}

function squeezed(text: string): string {
  const joined = text.replaceAll(/\\\s*\n/gu, ' ').replaceAll(/\s+/gu, ' ')
  return joined.trim().toUpperCase()
}
