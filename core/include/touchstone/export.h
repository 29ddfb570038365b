#ifndef TOUCHSTONE_EXPORT_H
#define TOUCHSTONE_EXPORT_H

/* What crosses the edge of the shared library; everything else is hidden. */
#define TOUCHSTONE_API __attribute__((visibility("default")))

#endif
