// What the page prints and which errors it has, kept in the page's world until the tests' side asks. The tests' world
// hears of neither: an error is told in the world that it happened in.

const MAX_LINES = 50;
const MAX_LINE = 500; // characters
const MAX_ERRORS = 20;
const MAX_PRINTED_ERRORS = 10; // lines of `console.error` among them, so that a chatty page still shows what it threw
const lines = list();
const errors = list(); // [kind, message, file, line, column, during]
let printedErrors = 0;
let begun = null; // the place of the test that began last

const { stringify } = JSON;
const targetOf = getterOf(Event.prototype, 'target');
const messageOf = getterOf(ErrorEvent.prototype, 'message');
const thrownOf = getterOf(ErrorEvent.prototype, 'error');
const addressOf = getterOf(ErrorEvent.prototype, 'filename');
const lineOf = getterOf(ErrorEvent.prototype, 'lineno');
const columnOf = getterOf(ErrorEvent.prototype, 'colno');
const reasonOf = getterOf(PromiseRejectionEvent.prototype, 'reason');
const sourceOfScript = getterOf(HTMLScriptElement.prototype, 'src');
const removeElement = uncurry(Element.prototype.remove);
const syntaxErrors = SyntaxError.prototype;

/** The page's answer to the tests' side: what it printed, and its errors. */
function recorded() {
  return tagged(lines, errors);
}

function printable(value) {
  switch (typeof value) {
    case 'string': return value;
    case 'symbol': case 'function': return `[${typeof value}]`;
    case 'object': {
      const text = attempt(isError, value) ? attempt(textOfError, value) : attempt(() => stringify(value));
      return typeof text === 'string' ? text : '[object]';
    }
    default: return `${value}`;
  }
}

const textOfError = (error) => (error.message === '' ? `${error.name}` : `${error.name}: ${error.message}`);

// ---- places ----------------------------------------------------------------------------------------------------------
const OWN = /^https:\/\/page\.invalid\/(?:(script\.js)|(styles\.css)|page-library-(\d+)\.(?:js|css))?(?:[?#].*)?$/;
const HOOK = 'before-page.js'; // the name that `Visit.load` gives the hook
const EVALUATED = 'evaluated-script.js'; // the code of a page that is JavaScript only, once more for each test
const FRAME = /^ +at (?:.*\()?((?:https:\/\/page\.invalid\/|before-page\.js|evaluated-script\.js)[^\s()]*):(\d+):(\d+)\)?$/m;

/** Where something is: whose it is when it is not the learner's, and else the file, line and column. */
function place(address, line, column) {
  if (address === HOOK) return tagged('The hook beforePage', null, null, null);
  if (address === EVALUATED) return tagged('', 'js', line, column);
  const found = matches(OWN, address);
  if (!found) return tagged('', null, null, null);
  if (found[3] !== undefined) return tagged(`Page library ${found[3]}`, null, null, null);
  return tagged('', found[1] !== undefined ? 'js' : found[2] !== undefined ? 'css' : 'html', line, column);
}

/** The innermost place in the page's own code that a stack names; undefined when there is none. */
function placeInStack(error) {
  const stack = attempt(() => error.stack);
  const found = typeof stack === 'string' ? matches(FRAME, slice(stack, 0, 4_000)) : null;
  return found ? place(found[1], +found[2], +found[3]) : undefined;
}

function note(kind, text, where) {
  if (errors.length >= MAX_ERRORS) return;
  const owner = where ? where[0] : '';
  const message = slice(owner ? `${owner}: ${text}` : text, 0, MAX_LINE);
  push(errors, tagged(owner ? 'EXCEPTION' : kind, message, where ? where[1] : null, where ? where[2] : null,
    where ? where[3] : null, begun));
}

// ---- the console -----------------------------------------------------------------------------------------------------
const levels = ['log', 'info', 'warn', 'error', 'debug', 'table', 'dir', 'trace'];
for (let i = 0; i < levels.length; i++) {
  const isOfError = levels[i] === 'error';
  console[levels[i]] = { [levels[i]](...values) {
    const isNoted = isOfError && printedErrors < MAX_PRINTED_ERRORS;
    if (lines.length >= MAX_LINES && !isNoted) return;
    let line = '';
    for (let j = 0; j < values.length && line.length < MAX_LINE; j++) {
      line += (j ? ' ' : '') + slice(printable(values[j]), 0, MAX_LINE);
    }
    line = slice(line, 0, MAX_LINE);
    if (lines.length < MAX_LINES) push(lines, line);
    if (!isNoted) return;
    printedErrors++;
    note('CONSOLE', line, placeInStack(new World.Error()));
  } }[levels[i]];
}

// ---- errors ----------------------------------------------------------------------------------------------------------
listen(World.window, 'error', (event) => {
  const message = attempt(messageOf, event); // a file that is not found is an error too, without a message
  if (typeof message !== 'string') return;
  const error = attempt(thrownOf, event);
  const text = slice(message, 0, 9) === 'Uncaught ' ? slice(message, 9) : message;
  let where = place(addressOf(event), lineOf(event), columnOf(event));
  let kind = 'EXCEPTION';
  if (attempt(getPrototypeOf, error) === syntaxErrors) {
    // one with a stack was thrown by code that ran: `JSON.parse`, `eval`; its event names a line of the text it read
    const thrownAt = placeInStack(error);
    if (thrownAt) where = thrownAt;
    else kind = 'SYNTAX';
  }
  note(kind, text, where);
}, true);

listen(World.window, 'unhandledrejection', (event) => {
  const reason = reasonOf(event);
  note('REJECTION', `Unhandled rejection: ${printable(reason)}`, attempt(isError, reason) ? placeInStack(reason) : undefined);
}, true);

// ---- page libraries --------------------------------------------------------------------------------------------------
const LIBRARY = /^https:\/\/page\.invalid\/page-library-\d+\.js$/;

// a script's `load` comes when it has run and before anything after it is parsed
listen(document, 'load', (event) => {
  const element = targetOf(event);
  const source = attempt(sourceOfScript, element);
  if (typeof source === 'string' && matches(LIBRARY, source)) removeElement(element);
}, true);
