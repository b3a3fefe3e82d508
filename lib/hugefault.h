/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a benchmark or stressor includes: this and system headers, nothing else. */
#ifndef HUGEFAULT_H
#define HUGEFAULT_H

#include "harness/bench.h"
#include "harness/churn.h"
#include "harness/clear.h"
#include "harness/content.h"
#include "harness/folio.h"
#include "harness/law.h"
#include "harness/map.h"
#include "harness/offline.h"
#include "harness/place.h"
#include "harness/race.h"
#include "harness/resize.h"
#include "harness/run.h"
#include "harness/second.h"
#include "harness/split.h"
#include "harness/stress.h"
#include "harness/try.h"
#include "harness/word.h"
#include "system/cgroup.h"
#include "system/hog.h"
#include "system/memfree.h"
#include "system/migrate.h"
#include "system/pin.h"
#include "system/pool.h"
#include "system/quota.h"
#include "system/region.h"
#include "system/topo.h"
#include "system/zero.h"

#endif
