import { Cropping, type CroppingOptions } from './cropping.ts'

export class Cropping1D extends Cropping {
  static override readonly className = 'Cropping1D'

  constructor(options: CroppingOptions) {
    super(1, options)
  }
}

/**
 * Cuts off the steps at the edges: [batch, steps, channels] → [batch, steps′, channels].
 *
 * @throws ConfigError for amounts that are no whole numbers from 0 on
 * @throws ShapeError for an input of another rank, of open size, or of which nothing is left
 * @example
 * const inside = layers.cropping1d({ cropping: 1 })(input({ shape: [100, 8] })) // [null, 98, 8]
 */
export const cropping1d = (options: CroppingOptions = {}): Cropping1D => new Cropping1D(options)
