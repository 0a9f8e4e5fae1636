// Kinds of description that both browsers take and tincan refuses, each with its reason. A kind that is not here fails
// the judge; a kind that is here and is taken by now fails it too, so that the list stays true.
export const reasons = {};
// Sections that come out otherwise than with both browsers: rejected or taken, or in another direction.
export const sectionReasons = {};
// Calls that both browsers hold with each other and tincan does not.
export const callReasons = {};
