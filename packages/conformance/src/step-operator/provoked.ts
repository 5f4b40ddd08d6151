import type { FailureKind } from '@sidestep/core'

import type { Place } from '../place.ts'

/** What a provider can do to a job by itself. */
export const PROVOKED: readonly ProvokedKind[] = ['quota', 'capacity', 'auth', 'preempted', 'oom']

/** The kind of the failure that it is. */
export type ProvokedKind = Extract<FailureKind, 'quota' | 'capacity' | 'auth' | 'preempted' | 'oom'>

/**
 * Each makes the provider do so to the next job, and to no other one: refuse it for a quota, have no machine for it, not know
 * who asks, take its machine away while it runs, end it for its memory.
 */
export type Provoke = { readonly [kind in ProvokedKind]?: (place: Place) => void | Promise<void> }
