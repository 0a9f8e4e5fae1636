#pragma once

// What a program that drives a peer connection needs of net/.
#include "net/driver.h"
#include "net/log.h"
#include "net/loop.h"
#include "net/os_random.h"
#include "net/signals.h"
#include "net/timer.h"
#include "net/worker_pool.h"
