#pragma once

// The receiving end of a media stream, between its RTP packets and its decoder.
#include "media/jitter_buffer/audio_jitter_buffer.h"
#include "media/jitter_buffer/video_jitter_buffer.h"
