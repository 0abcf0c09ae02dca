/* Statutory days that follow the moon or the sun. */
#ifndef CORE_CALENDAR_LUNAR_H
#define CORE_CALENDAR_LUNAR_H

#include <stdint.h>

/* Each is a day of the month named, counted on past its end: 48 January is 17 February. */
struct lunar_days {
    uint8_t spring;      /* 春节, 正月初一: January */
    uint8_t qingming;    /* 清明: April */
    uint8_t dragon_boat; /* 端午, 五月初五: May */
    uint8_t mid_autumn;  /* 中秋, 八月十五: September */
};

/* NULL outside 1970..2199. */
const struct lunar_days *calendar_lunar(int year);

#endif
