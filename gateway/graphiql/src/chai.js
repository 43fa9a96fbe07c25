// All of chai as one classic script: the sandbox puts it into the world in which tests run, where there are no modules.
import * as chai from 'chai';
import { hooks } from './chai-hooks.js';

globalThis.chai = { ...chai };
globalThis.chaiHooks = hooks;
