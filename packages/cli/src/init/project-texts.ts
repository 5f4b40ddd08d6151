import { normalize, sep } from 'node:path'

/** A pipeline that runs at once, with a step in process and one as a job. */
export const PIPELINE = `import { pipeline, step } from '@sidestep/core'

export interface Point {
  readonly x: number
  readonly y: number
}

// A step is a function with a name. This one runs in the process of \`sidestep run\`.
export const measure = step({ name: 'measure' }, (count: number): Point[] =>
  Array.from({ length: count }, (_, x) => ({ x, y: 2 * x + Math.sin(x) })),
)

// With a step operator, a step is a job: \`true\` takes the default one of the stack, a name takes that one. Here it is
// another process on this machine; with another stack it is a job somewhere else, and this file stays as it is.
export const fit = step({ name: 'fit', stepOperator: true }, (points: Point[], { log }) => {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const meanX = mean(points.map(({ x }) => x))
  const meanY = mean(points.map(({ y }) => y))
  const slope = mean(points.map(({ x, y }) => (x - meanX) * (y - meanY))) / mean(points.map(({ x }) => (x - meanX) ** 2))
  log(\`a line through \${points.length} points\`)
  return { slope, intercept: meanY - slope * meanX }
})

// The input comes from \`--input '{"count": 500}'\`.
export default pipeline('line', async (input?: { readonly count?: number }) => {
  // What a step returns is kept in the artifact store; this is a reference to it.
  const points = await measure(input?.count ?? 100)
  // The next step gets the reference, and reads the points where it runs.
  const line = await fit(points)
  // The value itself: the result of the pipeline.
  return line.value()
})
`

/** Runs under Node.js as it is, and type checks. `pipeline` is the path of its file, relative to the folder. */
export function tsconfigText(pipeline: string): string {
  const [first = 'src'] = normalize(pipeline).split(sep)
  return `{
  "compilerOptions": {
    "target": "es2024",
    "module": "nodenext",
    "strict": true,
    "noEmit": true,
    "skipLibCheck": true,
    "allowImportingTsExtensions": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true
  },
  "include": [${JSON.stringify(first)}]
}
`
}

/** A stack on this machine. */
export const PROJECT_YAML = `# yaml-language-server: $schema=.sidestep/sidestep.schema.json
# What steps run on, and where their results are kept. Change it here, or with sidestep stack and sidestep step-operator.
components:
  step_operator:
    # Runs each step in a process of its own on this machine.
    local: { flavor: local }
  artifact_store:
    # Keeps results in .sidestep/store.
    local: { flavor: local }
stacks:
  local:
    artifact_store: local
    step_operators: [local]
    default_step_operator: local
# Taken where neither --stack, SIDESTEP_STACK nor \`sidestep stack set\` says otherwise.
active_stack: local
`

/** Folders, and the files that an edit of sidestep.yaml works with. */
const IGNORED = ['node_modules/', '.sidestep/', '.sidestep.yaml.lock*'] as const

/** The text of .gitignore with the lines that it needs at its end. */
export function ignoreLines(before: string | undefined): string {
  const bare = (line: string): string => line.trim().replaceAll(/^\/|\/$/g, '')
  const lines = new Set((before ?? '').split('\n').map(bare))
  const missing = IGNORED.filter((it) => !lines.has(bare(it)))
  const start = before === undefined || before === '' || before.endsWith('\n') ? (before ?? '') : `${before}\n`
  return missing.length === 0 ? (before ?? '') : `${start}${missing.map((it) => `${it}\n`).join('')}`
}
