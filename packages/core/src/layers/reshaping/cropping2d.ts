import { Cropping, type CroppingOptions } from './cropping.ts'

export class Cropping2D extends Cropping {
  static override readonly className = 'Cropping2D'

  constructor(options: CroppingOptions) {
    super(2, options)
  }
}

/**
 * Cuts off the places at the edges: [batch, height, width, channels] → [batch, height′, width′, channels].
 *
 * @throws ConfigError for amounts that are no whole numbers from 0 on
 * @throws ShapeError for an input of another rank, of open size, or of which nothing is left
 * @example
 * const inside = layers.cropping2d({ cropping: 1 })(input({ shape: [28, 28, 8] })) // [null, 26, 26, 8]
 */
export const cropping2d = (options: CroppingOptions = {}): Cropping2D => new Cropping2D(options)
