import { DockerfileParser, type Flag, type Instruction } from 'dockerfile-ast'

import { configError } from '@sidestep/core/component'

/** An image that a Dockerfile names, and where in its text. */
export interface NamedImage {
  /** With its variables replaced. */
  readonly name: string
  /** Offsets in the text. */
  readonly start: number
  readonly end: number
}

/** What an instruction takes from the context. */
export interface CopiedSource {
  /** A path, or a pattern of paths, as it is written but with its variables replaced; `''` is all of the context. */
  readonly pattern: string
  /** Of the instruction, from 1. */
  readonly line: number
}

/** What a build of a Dockerfile takes from outside. */
export interface ParsedDockerfile {
  readonly images: readonly NamedImage[]
  /** The image below the last stage. `undefined`: it is built from nothing. */
  readonly base: string | undefined
  /** What comes from the context: every pattern once, with the first line that names it. */
  readonly sources: readonly CopiedSource[]
}

/** One instruction, for messages. */
export interface DockerfileLine {
  /** From 1. */
  readonly line: number
  readonly text: string
}

type Dockerfile = ReturnType<typeof DockerfileParser.parse>
/** Of the instructions whose flags and ranges are looked at. */
type Flagged = Instruction & { getFlags?(): Flag[] }
type Span = { readonly start: { readonly line: number; readonly character: number }; readonly end: Span['start'] }

/**
 * Reads what a Dockerfile needs. Throws `IMAGE_INVALID` for one without a stage, or with a variable for its base that has
 * no value.
 *
 * @param platform What is built for: `linux/amd64`.
 */
export function parseDockerfile(
  text: string,
  { origin, platform }: { readonly origin: string; readonly platform: string },
): ParsedDockerfile {
  const dockerfile = DockerfileParser.parse(text)
  const target = targetVariables(platform)
  const lines = lineStarts(text)
  const images: NamedImage[] = []
  const sources = new Map<string, CopiedSource>()
  const copy = (pattern: string, line: number): void => {
    if (!sources.has(pattern)) sources.set(pattern, { pattern, line: line + 1 })
  }
  /** The base of every stage, by its name. */
  const stages = new Map<string, string | undefined>()
  let base: string | undefined
  const use = (written: string, range: Span | null | undefined, line: number): string | undefined => {
    const name = expand(written, dockerfile, line, target)
    if (name === undefined || name === '') {
      throw configError(
        'IMAGE_INVALID',
        `${origin}:${line + 1} names the image ${written}, and nothing says what that is`,
        /\$\{?BUILD(?:PLATFORM|OS|ARCH|VARIANT)\b/u.test(written)
          ? 'An image is the same wherever it is built: use TARGETARCH, which is what it runs on, or write the name.'
          : 'Give the variable a default: ARG NAME=value before the first FROM.',
      )
    }
    const stage = name.toLowerCase()
    if (stages.has(stage)) return stages.get(stage)
    if (stage === 'scratch' || /^\d+$/u.test(stage) || range === null || range === undefined) return undefined
    images.push({ name, start: offsetOf(lines, range.start), end: offsetOf(lines, range.end) })
    return name
  }
  for (const instruction of dockerfile.getInstructions() as Flagged[]) {
    const { line } = instruction.getRange().start
    const keyword = instruction.getKeyword()
    if (keyword === 'FROM') {
      const from = dockerfile.getFROMs().find((it) => it.getRange().start.line === line)
      base = use(from?.getImage() ?? '', from?.getImageRange(), line)
      const name = from?.getBuildStage()?.toLowerCase()
      stages.set(name ?? `${stages.size}`, base)
    } else if (keyword === 'COPY' || keyword === 'ADD') {
      const from = flags(instruction, 'from')[0]
      if (from === undefined) for (const pattern of copied(instruction, dockerfile)) copy(pattern, line)
      else use(from.getValue() ?? '', from.getValueRange(), line)
    } else if (keyword === 'RUN') {
      for (const mount of flags(instruction, 'mount')) {
        const from = mount.getOption('from')
        const type = mount.getOption('type')?.getValue() ?? 'bind'
        if (from !== null) use(from.getValue() ?? '', from.getValueRange(), line)
        else if (type === 'bind') copy(expand(mountSource(mount), dockerfile, line) ?? '', line)
      }
    }
  }
  if (stages.size === 0) throw configError('IMAGE_INVALID', `${origin} has no FROM`, 'A Dockerfile begins with FROM.')
  return { images, base, sources: [...sources.values()] }
}

/** Its instructions, as they are written. */
export function linesOf(text: string): readonly DockerfileLine[] {
  const lines = text.split(/\r?\n/u)
  return DockerfileParser.parse(text)
    .getInstructions()
    .map((instruction) => {
      const { start, end } = instruction.getRange()
      return {
        line: start.line + 1,
        text: lines
          .slice(start.line, end.line + 1)
          .join('\n')
          .trim(),
      }
    })
}

/** The text with other names of its images. */
export function withImages(text: string, images: readonly NamedImage[]): string {
  let changed = text
  for (const { name, start, end } of images.toSorted((a, b) => b.start - a.start)) {
    changed = changed.slice(0, start) + name + changed.slice(end)
  }
  return changed
}

function flags(instruction: Flagged, name: string): readonly Flag[] {
  return (instruction.getFlags?.() ?? []).filter((flag) => flag.getName().toLowerCase() === name)
}

function mountSource(mount: Flag): string {
  return (mount.getOption('source') ?? mount.getOption('src'))?.getValue() ?? ''
}

/** What a builder says of the platform before the first stage, unless an `ARG` there says something else. */
function targetVariables(platform: string): ReadonlyMap<string, string> {
  const [os = '', architecture = '', variant = ''] = platform.split('/')
  return new Map([
    ['TARGETPLATFORM', platform],
    ['TARGETOS', os],
    ['TARGETARCH', architecture],
    ['TARGETVARIANT', variant],
  ])
}

/** The sources of COPY and ADD. What cannot be told, such as a variable of the base, may be anything of the context. */
function copied(instruction: Instruction, dockerfile: Dockerfile): readonly string[] {
  const words = wordsOf(instruction)
  const sources: string[] = []
  for (const word of words.slice(0, -1)) {
    // What stands in the Dockerfile itself; all after it is its text.
    if (word.startsWith('<<')) break
    if (instruction.getKeyword() === 'ADD' && isRemote(word)) continue
    sources.push(expand(word, dockerfile, instruction.getRange().start.line) ?? '')
  }
  return sources
}

/** A URL, or the address of a repository: `git@host:path`. */
function isRemote(source: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|[\w.-]+@[\w.-]+:)/iu.test(source)
}

function wordsOf(instruction: Instruction): readonly string[] {
  const words = instruction.getArguments().map(String)
  if (words[0]?.startsWith('[') !== true) return words
  try {
    const content = instruction.getArgumentsContent() ?? ''
    const parsed: unknown = JSON.parse(content.slice(content.indexOf('[')).replaceAll(/\\\r?\n/gu, ''))
    if (Array.isArray(parsed) && parsed.every((it) => typeof it === 'string')) return parsed
  } catch (error) {
    // Docker takes what is no JSON for a list of words.
    if (!(error instanceof SyntaxError)) throw error
  }
  return words
}

/** `undefined`: a variable in it has no value that can be known before the build. */
function expand(
  text: string,
  dockerfile: Dockerfile,
  line: number,
  known: ReadonlyMap<string, string> = new Map(),
): string | undefined {
  let unknown = false
  const expanded = text.replaceAll(
    /\$(?:(?<plain>\w+)|\{(?<name>\w+)(?::(?<operator>[-+])(?<word>[^}]*))?\})/gu,
    (...found: readonly unknown[]) => {
      const { plain, name, operator, word = '' } = found.at(-1) as Partial<Record<string, string>>
      const variable = plain ?? name ?? ''
      const value = dockerfile.resolveVariable(variable, line) ?? known.get(variable) ?? ''
      if (operator === '+') return value === '' ? '' : word
      if (value !== '' || (operator === undefined && known.has(variable))) return value
      if (operator === '-') return word
      unknown = true
      return ''
    },
  )
  return unknown || expanded.includes('$') ? undefined : expanded
}

function lineStarts(text: string): readonly number[] {
  return [0, ...[...text.matchAll(/\r\n|\r|\n/gu)].map((it) => it.index + it[0].length)]
}

function offsetOf(lines: readonly number[], { line, character }: Span['start']): number {
  return (lines[line] ?? 0) + character
}
