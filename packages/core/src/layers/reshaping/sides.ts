import { ConfigError } from '../../errors.ts'

/** Amounts before and after along each axis. */
export type Sides = readonly (readonly [number, number])[]

/** One number for all sides, one for each axis, or [before, after] for each axis. */
export type SidesLike = number | readonly (number | readonly [number, number])[]

/** @throws ConfigError for anything but whole numbers from 0 on, for each of the axes */
export function sidesOf(label: string, option: string, like: SidesLike, rank: number): Sides {
  const list = typeof like === 'number' ? new Array<number>(rank).fill(like) : like
  // Along one axis [before, after] needs no further brackets.
  const each = rank === 1 && Array.isArray(list) && list.length === 2 ? [list] : list
  const sides = Array.isArray(each)
    ? each.map((amounts: unknown) => (Array.isArray(amounts) ? amounts : [amounts, amounts]))
    : []
  const isAmount = (amount: unknown): boolean => Number.isInteger(amount) && (amount as number) >= 0
  if (sides.length !== rank || !sides.every((pair) => pair.length === 2 && pair.every(isAmount))) {
    throw new ConfigError(
      `${label}: expected ${option} to be a whole number ≥ 0, or [before, after] for ${rank === 1 ? 'the axis' : `each of ${rank} axes`}. Received: ${JSON.stringify(like)}.`,
    )
  }
  return sides as unknown as Sides
}
