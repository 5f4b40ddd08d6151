import { formatDuration, type JobUsage } from '@sidestep/core'
import { sanitizeLine } from './sanitize.ts'

/** What a job has used, in one line: `2 x ml.g5.xlarge for 5m 12s, 1m 40s of it billed (68 % less)`. */
export function usageText({ runSeconds, billableSeconds, instanceType, instanceCount = 1 }: JobUsage): string {
  const count = instanceCount === 1 ? '' : `${instanceCount} x `
  const machines =
    instanceType === undefined ? (count === '' ? [] : [`${count}machines`]) : [count + sanitizeLine(instanceType)]
  const ran = runSeconds === undefined ? [] : [`for ${formatDuration(runSeconds * 1_000)}`]
  const used = [...machines, ...ran].join(' ')
  const billed = billedText(billableSeconds, runSeconds)
  return [used, billed].filter((part) => part !== '').join(', ')
}

function billedText(billableSeconds: number | undefined, runSeconds: number | undefined): string {
  if (billableSeconds === undefined || billableSeconds === runSeconds) return ''
  const billed = formatDuration(billableSeconds * 1_000)
  if (runSeconds === undefined || runSeconds === 0) return `${billed} billed`
  if (billableSeconds > runSeconds) return `${billed} billed`
  return `${billed} of it billed (${Math.round((1 - billableSeconds / runSeconds) * 100)} % less)`
}
