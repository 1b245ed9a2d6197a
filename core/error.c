/* SPDX-License-Identifier: MIT */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int lone_fail(struct lone_error *error, int number, const char *format, ...)
{
    if (error) {
        va_list arguments;

        error->number = number;
        error->has_column = false;
        error->has_status = false;
        va_start(arguments, format);
        vsnprintf(error->text, sizeof(error->text), format, arguments);
        va_end(arguments);
    }
    return -number;
}

void lone_error_at(struct lone_error *error, size_t column, size_t length)
{
    if (!error)
        return;
    error->has_column = true;
    error->column = column;
    error->length = length ? length : 1;
}

const char *lone_errno_name(int number)
{
    const char *name = strerrorname_np(number);

    return name ? name : "E?";
}
