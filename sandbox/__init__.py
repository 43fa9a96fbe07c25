"""Untrusted code: run a page and its tests in a locked-down browser, return a verdict.

What lives here is one pure function with a lot of walls around it: HTML, CSS, JavaScript and tests in, a ``PageRun``
out. Nothing is stored and nothing is remembered from one run to the next. The verdict comes from Chromium and from
nothing else, and it is the value that an evaluation in the tests' own world returns, never a message from the page.

It imports the standard library only. It must not know what a challenge, an attempt or a version is, who asks, or
where a verdict goes; and nothing outside of it talks to a browser.

``work``      what goes in and what comes out          ``document``  the page that is put together from the sources
``browsers``  which browser there is, and its flags    ``child``     the last step before it: user, network, limits
``pipe``      the protocol over two pipes              ``browser``   one running browser
``visit``     one page in it                           ``run``       the tests of one work, in order, with their limits
``answers``   what the tests' world answers, strictly  ``watch``     memory and processor time while a run lasts
``processes`` what the system knows of its processes   ``pool``      ``Sandbox``: as many browsers as cores and memory
                                                       allow; ``Sitting``: one person's runs in one of them
``tries``     one page, tried a second time where the machine may have decided

``bridge/``, the JavaScript of both worlds; decision 0024 says what it guarantees:

both worlds    ``builtins.js`` what is taken before the page runs, ``intrinsics.js`` the built-ins and the allow-list,
               ``membrane.js`` the two sides, with ``operations.js``, ``stand-ins.js``, ``copies.js``, ``shells.js``;
               ``describe.js`` values as texts
the page's     ``agent.js`` answers, ``modules.js`` names of modules, ``recorder.js`` what the page prints and throws
the tests'     ``world.js`` seals it, ``names.js`` what a name means, ``dom.js`` what scripts hang on elements,
               ``assertions.js`` chai, ``running.js`` the tests
"""
