/* SPDX-License-Identifier: MIT */
/* What a controller says that it has: which Identify structures, log pages and features are to be expected of it, by
 * the fields of its Identify Controller structure (NVMe Base 2.0, 5.17.2.1). */
#ifndef LONE_SPEC_OFFERS_H
#define LONE_SPEC_OFFERS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum lone_offer_kind { LONE_OFFER_IDENTIFY, LONE_OFFER_LOG, LONE_OFFER_FEATURE };

/* One that can be had without saying of which element: what needs a number or a context is none. */
struct lone_offer {
    enum lone_offer_kind kind;
    uint8_t number;      /* CNS, LID or FID */
    const char *field;   /* of Identify Controller, not 0 where there is one: "LPA.TS"; NULL: all have it */
    uint32_t since;      /* VS (3.1.3.2) of the first version that has it; 0: all */
    const char *section; /* that says so, of NVMe Base 2.0 or with the name of another specification in front */
};
extern const struct lone_offer lone_offers[];
extern const unsigned lone_n_offers;

/* Is it to be expected of a controller with this Identify Controller structure? Its bytes 64 to 539 are
 * looked at. NULL: nothing is known of it, then only what all
 * have. Pure. */
bool lone_offered(enum lone_offer_kind kind, uint8_t number, const uint8_t *identify);

#ifdef __cplusplus
}
#endif

#endif
