/**
 * The slow, exact reading of a JSON text, for when JSON.parse said no, or said yes and cannot be believed: where the
 * first mistake is, which keys occur twice in one object, which integers a double cannot hold, which keys are
 * forbidden. Nothing here is on the path of a payload without such a problem.
 *
 * An automaton with a stack of open objects and arrays, no recursion: depth is limited by the text's length only.
 * In each turn it expects either a value or what may follow one.
 */
import { EVENT_PROBLEMS_MAX, KEY_LENGTH_MAX } from './limits.js';

export interface JsonFindings {
  /** The first mistake, in bytes from the start of the given bytes; what follows it was not read. */
  error: { offset: number; message: string } | undefined;
  /** Of each kind at most EVENT_PROBLEMS_MAX, as dotted paths: "properties.items[2].price". */
  duplicateKeys: string[];
  forbiddenKeys: string[];
  /** Keys of more than KEY_LENGTH_MAX characters, cut short in their paths. */
  longKeys: string[];
  /** Integers beyond 2^53, and numbers beyond the range of a double. */
  unsafeNumbers: { path: string; text: string }[];
}

interface Frame {
  /** Keys met so far; undefined for an array. */
  keys: Set<string> | undefined;
  key: string;
  index: number;
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/;
const NUMBER_BYTES = new Set(Buffer.from('-+.eE0123456789'));
const PLAIN_INTEGER = /^-?\d+$/;
const LITERALS = ['true', 'false', 'null'] as const;

/** Whether one of an object's keys could reach an object's prototype when somebody copies it. */
const isForbiddenKey = (key: string): boolean => key.includes('__proto__');

/** Whether a number's text says something that a double does not. */
function isUnsafe(text: string): boolean {
  const value = Number(text);
  return !Number.isFinite(value) || (PLAIN_INTEGER.test(text) && !Number.isSafeInteger(value));
}

/** Reads one JSON value, which must fill the bytes but for blanks around it. */
export function findInJson(bytes: Uint8Array): JsonFindings {
  return new Reader(bytes).read();
}

class Reader {
  private readonly findings: JsonFindings = {
    error: undefined,
    duplicateKeys: [],
    forbiddenKeys: [],
    longKeys: [],
    unsafeNumbers: [],
  };
  private readonly buffer: Buffer;
  private readonly stack: Frame[] = [];
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): JsonFindings {
    if (this.buffer[0] === 0xef && this.buffer[1] === 0xbb && this.buffer[2] === 0xbf) this.at = 3;
    let expectsValue = true;
    while (this.findings.error === undefined) {
      this.skipBlank();
      if (expectsValue) expectsValue = this.readValue();
      else if (this.stack.length > 0) expectsValue = this.readSeparator();
      else break;
    }
    if (this.findings.error === undefined && this.at < this.buffer.length) {
      this.fail('something follows the end of the value');
    }
    return this.findings;
  }

  /** Reads a scalar, or the opening of an object or array. Returns whether a value must come next. */
  private readValue(): boolean {
    const { buffer } = this;
    switch (buffer[this.at]) {
      case 0x7b:
        this.at++;
        this.stack.push({ keys: new Set(), key: '', index: 0 });
        return this.readFirst(0x7d);
      case 0x5b:
        this.at++;
        this.stack.push({ keys: undefined, key: '', index: 0 });
        return this.readFirst(0x5d);
      case 0x22:
        this.readString();
        return false;
      default:
        this.readScalar();
        return false;
    }
  }

  /** After an opening bracket: the closing one, or a first member. */
  private readFirst(close: number): boolean {
    this.skipBlank();
    if (this.buffer[this.at] === close) {
      this.at++;
      this.stack.pop();
      return false;
    }
    return close === 0x5d ? true : this.readKey();
  }

  /** After a member: a comma and the next, or the closing bracket. */
  private readSeparator(): boolean {
    const frame = this.stack[this.stack.length - 1]!;
    const close = frame.keys === undefined ? ']' : '}';
    const found = this.buffer[this.at];
    if (found === close.charCodeAt(0)) {
      this.at++;
      this.stack.pop();
      return false;
    }
    if (found !== 0x2c) {
      this.fail(`expected "," or "${close}", found ${this.showFound()}`);
      return false;
    }
    this.at++;
    frame.index++;
    if (frame.keys === undefined) return true;
    this.skipBlank();
    return this.readKey();
  }

  private readKey(): boolean {
    if (this.buffer[this.at] !== 0x22) {
      this.fail(`expected a key in double quotes, found ${this.showFound()}`);
      return false;
    }
    const key = this.readString();
    if (key === undefined) return false;
    this.skipBlank();
    if (this.buffer[this.at] !== 0x3a) {
      this.fail(`expected ":" after the key ${JSON.stringify(key)}, found ${this.showFound()}`);
      return false;
    }
    this.at++;
    const frame = this.stack[this.stack.length - 1]!;
    frame.key = `${key.slice(0, 40)}…`;
    if (key.length > KEY_LENGTH_MAX) this.note(this.findings.longKeys);
    frame.key = key;
    if (frame.keys?.has(key)) this.note(this.findings.duplicateKeys);
    frame.keys?.add(key);
    if (isForbiddenKey(key)) this.note(this.findings.forbiddenKeys);
    return true;
  }

  private note(paths: string[]): void {
    if (paths.length < EVENT_PROBLEMS_MAX) paths.push(this.path());
  }

  private readString(): string | undefined {
    const start = this.at;
    let end = start + 1;
    while (end < this.buffer.length && this.buffer[end] !== 0x22) {
      if (this.buffer[end]! < 0x20) {
        this.at = end;
        this.fail('a control character inside a string; write it as \\n, \\t or \\u00XX');
        return undefined;
      }
      end += this.buffer[end] === 0x5c ? 2 : 1;
    }
    if (end >= this.buffer.length) {
      this.fail('a string that starts here never ends');
      return undefined;
    }
    this.at = end + 1;
    try {
      return JSON.parse(this.buffer.toString('utf8', start, end + 1)) as string;
    } catch {
      this.at = start;
      this.fail('a string with an escape that JSON does not know');
      return undefined;
    }
  }

  private readScalar(): void {
    const literal = LITERALS.find(
      (word) => this.buffer.toString('latin1', this.at, this.at + word.length) === word,
    );
    if (literal !== undefined) {
      this.at += literal.length;
      return;
    }
    const text = this.takeNumberText();
    const number = NUMBER.exec(text)?.[0];
    if (number === undefined) {
      this.fail(`expected a value, found ${this.showFound()}`);
      return;
    }
    this.at += number.length;
    if (isUnsafe(number) && this.findings.unsafeNumbers.length < EVENT_PROBLEMS_MAX) {
      this.findings.unsafeNumbers.push({ path: this.path(), text: number.slice(0, 40) });
    }
  }

  /** The run of characters here that numbers are made of. */
  private takeNumberText(): string {
    let end = this.at;
    while (NUMBER_BYTES.has(this.buffer[end]!)) end++;
    return this.buffer.toString('latin1', this.at, end);
  }

  private path(): string {
    let path = '';
    for (const { keys, key, index } of this.stack) {
      path += keys === undefined ? `[${index}]` : path === '' ? key : `.${key}`;
    }
    return path;
  }

  private showFound(): string {
    if (this.at >= this.buffer.length) return 'the end';
    const text = this.buffer.toString('utf8', this.at, Math.min(this.buffer.length, this.at + 4));
    return JSON.stringify(String.fromCodePoint(text.codePointAt(0)!));
  }

  private skipBlank(): void {
    const { buffer } = this;
    let byte = buffer[this.at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = buffer[++this.at];
  }

  private fail(message: string): void {
    this.findings.error = { offset: this.at, message };
  }
}
