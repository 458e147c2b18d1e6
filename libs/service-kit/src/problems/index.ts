export { asProblem } from './as-problem.js';
export { validationProblem } from './field-errors.js';
export { answerProblem, problemErrorHandler, ProblemFilter } from './answer-problem.js';
export {
  conflict,
  forbidden,
  invalid,
  notFound,
  Problem,
  PROBLEM_CONTENT_TYPE,
  unauthorized,
  unavailable,
} from './problem.js';
export type { FieldError, ProblemDocument, ProblemParts } from './problem.js';
