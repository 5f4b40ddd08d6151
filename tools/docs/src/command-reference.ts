import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import { fenced } from './markdown.ts'

const HELP_WIDTH = 100

/** The help of every command that the command line has, each under a heading. */
export async function commandReference(): Promise<string> {
  return referenceOf(await createProgram())
}

/**
 * A command and those below it, in the order of the help. Commands that the help hides are left out; a family that takes
 * what one before it takes is not said again.
 */
export function referenceOf(command: Command): string {
  const parts = [`## \`${nameOf(command)}\``, fenced(helpOf(command), 'text')]
  const said = new Map<string, Command>()
  for (const child of commandsOf(command)) {
    const shape = shapeOf(child)
    const same = said.get(shape)
    const isFamily = child.commands.length > 0
    if (same === undefined || !isFamily) parts.push(referenceOf(child))
    else
      parts.push(
        `## \`${nameOf(child)}\``,
        `${sentence(child.description())} Its commands take what those of [${nameOf(same)}](#${anchorOf(same)}) take.`,
      )
    if (isFamily) said.set(shape, same ?? child)
  }
  return parts.join('\n\n')
}

function commandsOf(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => command.commands.includes(child))
}

/** Names, arguments and options of what is below a command. */
function shapeOf(command: Command): string {
  const shape = (child: Command): unknown => [
    child.registeredArguments.map((argument) => [argument.name(), argument.required, argument.variadic]),
    child.options.map(({ flags }) => flags),
    commandsOf(child).map((below) => [below.name(), shape(below)]),
  ]
  return JSON.stringify(shape(command))
}

/** What `--help` prints, examples included, on a terminal of a fixed width. */
function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
    getOutHelpWidth: () => HELP_WIDTH,
    getOutHasColors: () => false,
  })
  command.outputHelp()
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()
}

/** As it is typed: `sidestep stack register`. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`
}

/** As GitHub makes them of headings. */
function anchorOf(command: Command): string {
  return nameOf(command).replaceAll(' ', '-')
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`
}

/** The command line is no library: its program is found beside its package.json. */
async function createProgram(): Promise<Command> {
  const manifest = createRequire(import.meta.url).resolve('@sidestep/cli/package.json')
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly bin: { readonly sidestep: string } }
  const file = join(dirname(manifest), dirname(bin.sidestep), 'program.ts')
  const program = (await import(pathToFileURL(file).href)) as { createProgram(): Promise<Command> }
  return program.createProgram()
}
