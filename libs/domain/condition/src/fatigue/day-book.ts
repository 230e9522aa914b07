/** Whole days of work and their sum; weeks of seven of them one after the other, and the sum of the squares of each. */
export interface WorkBook {
  days: number;
  sum: number;
  /** Of the days. */
  squares: number;
  weeks: number;
  /** Sum of the weeks' squared sums. */
  weekSquares: number;
  /** Sum of the whole weeks, and of the days after them. */
  weekSum: number;
  rest: number;
}

/** What days of work amount to. JSON-serialisable, of fixed size. */
export interface DayBook {
  /** The day under way (days since 1970) and what it came to so far; it is not in the book yet. */
  day: number;
  today: number;
  /** The day under way was seen from its beginning. */
  whole?: boolean;
  book: WorkBook;
}

const day = 86_400_000;
/** A gap longer than this is not counted as days without work: nobody knows. */
const mostGap = 14;

/** Nothing on record. */
export const emptyBook = (): WorkBook => ({
  days: 0,
  sum: 0,
  squares: 0,
  weeks: 0,
  weekSquares: 0,
  weekSum: 0,
  rest: 0,
});

/** Puts a whole day into the book. Changes `book`. */
export function addDay(book: WorkBook, amount: number): void {
  book.days += 1;
  book.sum += amount;
  book.squares += amount ** 2;
  book.rest += amount;
  if (book.days % 7 !== 0) return;
  book.weeks += 1;
  book.weekSum += book.rest;
  book.weekSquares += book.rest ** 2;
  book.rest = 0;
}

/**
 * Adds to the day of a time, ms; days without work between count as nothing, the first day is not whole. Late times
 * count for the day under way. Changes `state`.
 */
export function addToDays(state: DayBook | undefined, at: number, amount: number): DayBook {
  const now = Math.floor(at / day);
  if (!state) return { day: now, today: amount, book: emptyBook() };
  if (now > state.day) {
    if (state.whole) addDay(state.book, state.today);
    const empty = now - state.day - 1;
    if (empty <= mostGap) for (let i = 0; i < empty; i++) addDay(state.book, 0);
    state.whole = true;
    state.day = now;
    state.today = 0;
  }
  state.today += amount;
  return state;
}

/** The book with every amount times `scale`; empty for none. */
export function scaledBook(state: DayBook | undefined, scale: number): WorkBook {
  const book = state?.book ?? emptyBook();
  return {
    ...book,
    sum: scale * book.sum,
    squares: scale ** 2 * book.squares,
    weekSum: scale * book.weekSum,
    weekSquares: scale ** 2 * book.weekSquares,
    rest: scale * book.rest,
  };
}

/** The book of amounts by day, from after the first with any to the last whole one. */
export function bookOfDays(amounts: readonly (readonly [day: number, amount: number])[]): WorkBook {
  let state: DayBook | undefined;
  for (const [number, amount] of amounts) state = addToDays(state, number * day, amount);
  return state?.book ?? emptyBook();
}
