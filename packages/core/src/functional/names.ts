import { snakeCase } from '../saving/naming.ts'

const counts = new Map<string, number>()

/** 'Dense' → 'dense_1', 'dense_2', …: a name that no layer of this process has had. */
export function autoName(className: string): string {
  const stem = snakeCase(className)
  const count = (counts.get(stem) ?? 0) + 1
  counts.set(stem, count)
  return `${stem}_${count}`
}

/** Auto names count from 1 again. */
export function resetNames(): void {
  counts.clear()
}
