/** Of the stores of these tests: less than their clouds give at once, so that few objects make a second page. */
export const PAGE_SIZE = 100
