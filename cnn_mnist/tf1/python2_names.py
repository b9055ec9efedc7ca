"""Names of Python 2 that Python 3 does not have."""

BUILTINS = (
    "xrange",
    "unicode",
    "raw_input",
    "basestring",
    "unichr",
    "execfile",
    "reload",
    "reduce",
    "long",
)

METHODS = (
    "iteritems",
    "itervalues",
    "iterkeys",
    "has_key",
)

MODULES = (
    "urllib2",
    "urlparse",
    "httplib",
    "cPickle",
    "cStringIO",
    "StringIO",
    "ConfigParser",
    "Queue",
    "Tkinter",
    "commands",
    "thread",
    "__builtin__",
    "HTMLParser",
    "xmlrpclib",
    "SocketServer",
    "BaseHTTPServer",
    "copy_reg",
    "anydbm",
)
