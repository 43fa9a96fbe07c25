// All of chai as one classic script: the sandbox puts it into the world in which tests run, where there are no modules.
import * as chai from 'chai';

globalThis.chai = { ...chai };
