/** Stands for `null` where a strategy leaves a record unanswered: it is no level. */
export const noAnswer = 255;
