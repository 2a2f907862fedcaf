/**
 * Shapes that broadcast with one another, with as few axes as can be: neighbouring axes along which each shape is
 * repeated, or is not, become one.
 *
 * @example
 * collapse([[2, 3, 4, 5], [4, 1]]) // [[6, 4, 5], [1, 4, 1]]
 */
export function collapse(shapes: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const rank = Math.max(...shapes.map(({ length }) => length))
  const columns: number[][] = []
  for (let axis = 0; axis < rank; axis++) {
    const column = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)
    if (column.every((dim) => dim === 1)) continue
    const last = columns.at(-1)
    if (last?.every((dim, at) => (dim === 1) === (column[at] === 1)))
      columns[columns.length - 1] = last.map((dim, at) => dim * column[at]!)
    else columns.push(column)
  }
  return shapes.map((_, at) => columns.map((column) => column[at]!))
}
