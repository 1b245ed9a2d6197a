/* SPDX-License-Identifier: MIT */
#include "spec/offers.h"

#include <string.h>

#include "spec/nvme.h"

#define V1_3 0x00010300u
#define V2_0 0x00020000u

/* clang-format off */
const struct lone_offer lone_offers[] = {
    { LONE_OFFER_IDENTIFY, 0x00, NULL,          0,    "5.17.1" },
    { LONE_OFFER_IDENTIFY, 0x01, NULL,          0,    "5.17.1" },
    { LONE_OFFER_IDENTIFY, 0x02, NULL,          0,    "5.17.1" },
    { LONE_OFFER_IDENTIFY, 0x03, NULL,          V1_3, "5.17.1" },
    { LONE_OFFER_IDENTIFY, 0x04, "CTRATT.NSETS", 0,   "5.17.2.4" },
    { LONE_OFFER_IDENTIFY, 0x05, NULL,          0,    "5.17.2.5" },
    { LONE_OFFER_IDENTIFY, 0x06, NULL,          0,    "5.17.2.6" },
    { LONE_OFFER_IDENTIFY, 0x07, NULL,          0,    "5.17.2.7" },
    { LONE_OFFER_IDENTIFY, 0x08, NULL,          V2_0, "5.17.2.8" },
    { LONE_OFFER_IDENTIFY, 0x09, "CTRATT.ELBAS", 0,   "5.17.1" },
    { LONE_OFFER_IDENTIFY, 0x0a, "CTRATT.ELBAS", 0,   "5.17.1" },
    { LONE_OFFER_IDENTIFY, 0x10, "OACS.NMS",    0,    "5.17.2.9" },
    { LONE_OFFER_IDENTIFY, 0x11, "OACS.NMS",    0,    "5.17.2.10" },
    { LONE_OFFER_IDENTIFY, 0x12, "OACS.NMS",    0,    "5.17.2.11" },
    { LONE_OFFER_IDENTIFY, 0x13, "OACS.NMS",    0,    "5.17.2.12" },
    { LONE_OFFER_IDENTIFY, 0x14, "OACS.VMS",    0,    "5.17.2.13" },
    { LONE_OFFER_IDENTIFY, 0x15, "OACS.VMS",    0,    "5.17.2.14" },
    { LONE_OFFER_IDENTIFY, 0x16, "CTRATT.NG",   0,    "5.17.2.15" },
    { LONE_OFFER_IDENTIFY, 0x17, "CTRATT.ULIST", 0,   "5.17.2.16" },
    { LONE_OFFER_IDENTIFY, 0x18, "CTRATT.MDS",  0,    "5.17.2.17" },
    { LONE_OFFER_IDENTIFY, 0x19, "CTRATT.EGS",  0,    "5.17.2.18" },
    { LONE_OFFER_IDENTIFY, 0x1a, "OACS.NMS",    0,    "5.17.2.19" },
    { LONE_OFFER_IDENTIFY, 0x1b, "OACS.NMS",    0,    "5.17.2.20" },
    { LONE_OFFER_IDENTIFY, 0x1c, NULL,          0,    "5.17.2.21" },

    { LONE_OFFER_LOG, 0x00, "LPA.MLPS",    0, "5.16.1.1" },
    { LONE_OFFER_LOG, 0x01, NULL,          0, "5.16.1.2" },
    { LONE_OFFER_LOG, 0x02, NULL,          0, "5.16.1.3" },
    { LONE_OFFER_LOG, 0x03, NULL,          0, "5.16.1.4" },
    { LONE_OFFER_LOG, 0x04, "OAES.NSAN",   0, "5.16.1.5" },
    { LONE_OFFER_LOG, 0x05, "LPA.CSES",    0, "5.16.1.6" },
    { LONE_OFFER_LOG, 0x06, "OACS.DSTS",   0, "5.16.1.7" },
    { LONE_OFFER_LOG, 0x07, "LPA.TS",      0, "5.16.1.8" },
    { LONE_OFFER_LOG, 0x08, "LPA.TS",      0, "5.16.1.9" },
    { LONE_OFFER_LOG, 0x0b, "CTRATT.PLM",  0, "5.16.1.12" },
    { LONE_OFFER_LOG, 0x0c, "CMIC.ANARS",  0, "5.16.1.13" },
    { LONE_OFFER_LOG, 0x0e, "OAES.LSIAN",  0, "NVM Command Set 1.0, 4.1.4.5" },
    { LONE_OFFER_LOG, 0x0f, "OAES.EGEAN",  0, "5.16.1.15" },
    { LONE_OFFER_LOG, 0x11, "CTRATT.FCM",  0, "5.16.1.17" },
    { LONE_OFFER_LOG, 0x12, "LPA.MLPS",    0, "5.16.1.18" },
    { LONE_OFFER_LOG, 0x13, "LPA.MLPS",    0, "5.16.1.19" },
    { LONE_OFFER_LOG, 0x80, "ONCS.RESERVS", 0, "5.16.1.24" },
    { LONE_OFFER_LOG, 0x81, "SANICAP",     0, "5.16.1.25" },

    { LONE_OFFER_FEATURE, 0x01, NULL,            0, "3.1.2.1.3" },
    { LONE_OFFER_FEATURE, 0x02, NULL,            0, "3.1.2.1.3" },
    { LONE_OFFER_FEATURE, 0x04, NULL,            0, "3.1.2.1.3" },
    { LONE_OFFER_FEATURE, 0x05, NULL,            0, "3.1.2.1.3" },
    { LONE_OFFER_FEATURE, 0x06, "VWC.VWCP",      0, "5.27.1.4" },
    { LONE_OFFER_FEATURE, 0x07, NULL,            0, "3.1.2.1.3" },
    { LONE_OFFER_FEATURE, 0x08, NULL,            0, "3.1.2.1.3" },
    { LONE_OFFER_FEATURE, 0x09, NULL,            0, "3.1.2.1.3" },
    { LONE_OFFER_FEATURE, 0x0a, NULL,            0, "3.1.2.1.3" },
    { LONE_OFFER_FEATURE, 0x0b, NULL,            0, "3.1.2.1.3" },
    { LONE_OFFER_FEATURE, 0x0c, "APSTA.APTS",    0, "5.27.1.9" },
    { LONE_OFFER_FEATURE, 0x0d, "HMPRE",         0, "5.27.1.10" },
    { LONE_OFFER_FEATURE, 0x0e, "ONCS.TSS",      0, "5.27.1.11" },
    { LONE_OFFER_FEATURE, 0x0f, "KAS",           0, "5.27.1.12" },
    { LONE_OFFER_FEATURE, 0x10, "HCTMA.HCTMS",   0, "5.27.1.13" },
    { LONE_OFFER_FEATURE, 0x11, "CTRATT.NOPSPM", 0, "5.27.1.14" },
    { LONE_OFFER_FEATURE, 0x15, "OAES.LSIAN",    0, "NVM Command Set 1.0, 4.1.3" },
    { LONE_OFFER_FEATURE, 0x16, "CTRATT.ELBAS",  0, "5.27.1.18" },
    { LONE_OFFER_FEATURE, 0x17, "SANICAP",       0, "5.27.1.19" },
    { LONE_OFFER_FEATURE, 0x81, "ONCS.RESERVS",  0, "5.27.1.25" },
    { LONE_OFFER_FEATURE, 0x82, "ONCS.RESERVS",  0, "5.27.1.26" },
    { LONE_OFFER_FEATURE, 0x83, "ONCS.RESERVS",  0, "5.27.1.27" },
    { LONE_OFFER_FEATURE, 0x84, "NWPC.NWPWPS",   0, "5.27.1.28" },
};
/* clang-format on */
const unsigned lone_n_offers = LONE_COUNT(lone_offers);

/* The number at @path, "FIELD" or "FIELD.FIELD", of Identify Controller. */
static uint64_t number_at(const char *path, const uint8_t *identify)
{
    const struct lone_record *record = &lone_identify_controller;
    uint32_t bit = 0;
    char name[32];

    for (;;) {
        size_t length = strcspn(path, ".");
        const struct lone_field *field;

        memcpy(name, path, length);
        name[length] = 0;
        field = lone_record_field(record, name);
        bit += field->bit;
        if (!path[length])
            return (uint64_t)lone_bits_get(identify, bit, field->bits);
        record = field->record;
        path += length + 1;
    }
}

bool lone_offered(enum lone_offer_kind kind, uint8_t number, const uint8_t *identify)
{
    for (unsigned i = 0; i < lone_n_offers; i++) {
        const struct lone_offer *offer = &lone_offers[i];

        if (offer->kind != kind || offer->number != number)
            continue;
        if (!identify)
            return !offer->field && !offer->since;
        return number_at("VER", identify) >= offer->since && (!offer->field || number_at(offer->field, identify));
    }
    return false;
}
